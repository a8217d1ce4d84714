"""`torch.nn.Module`."""

from collections import OrderedDict, namedtuple

from torch._complex import ComplexTensor
from torch._tensor import Tensor
from torch.nn.parameter import Buffer, Parameter
from torch.utils.hooks import RemovableHandle

_Keys = namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])
_OWN = ("_parameters", "_buffers", "_modules")


class Module:
    training = True
    dump_patches = False
    call_super_init = False

    def __init__(self, *args, **kwargs):
        own = self.__dict__
        own["training"] = True
        own["_parameters"] = {}
        own["_buffers"] = {}
        own["_non_persistent_buffers_set"] = set()
        own["_modules"] = {}

    def forward(self, *input, **kwargs):
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args, **kwargs):
        if "_forward_hooks" in self.__dict__:
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    def _call_with_hooks(self, args, kwargs):
        for hook, with_kwargs in list(self._forward_pre_hooks.values()):
            if with_kwargs:
                result = hook(self, args, kwargs)
                if result is not None:
                    args, kwargs = result
            else:
                result = hook(self, args)
                if result is not None:
                    args = result if isinstance(result, tuple) else (result,)
        output = self.forward(*args, **kwargs)
        for hook, with_kwargs in list(self._forward_hooks.values()):
            result = hook(self, args, kwargs, output) if with_kwargs else hook(self, args, output)
            if result is not None:
                output = result
        return output

    # attributes

    def __setattr__(self, name, value):
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name)
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if "_modules" not in own:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name)
            own["_modules"][name] = value
        elif "_parameters" in own:
            self._set_other(own, name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_other(self, own, name, value):
        if name in own["_parameters"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            own["_parameters"][name] = None
        elif name in own["_modules"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            own["_modules"][name] = None
        elif name in own["_buffers"]:
            if value is not None and not isinstance(value, (Tensor, ComplexTensor)):
                raise TypeError(f"cannot assign '{type(value).__name__}' as buffer '{name}' (torch.Tensor or None expected)")
            own["_buffers"][name] = value
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name):
        """Removes the name from wherever an attribute of it lived."""
        own = self.__dict__
        own.pop(name, None)
        for place in _OWN:
            if name in own[place]:
                del own[place][name]

    def __getattr__(self, name):
        own = self.__dict__
        for place in _OWN:
            if place in own and name in own[place]:
                return own[place][name]
        computed = own.get("_modules", {}).get("parametrizations")
        if computed is not None and name in computed:
            return computed[name]()
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name):
        own = self.__dict__
        for place in _OWN:
            if name in own[place]:
                del own[place][name]
                return
        object.__delattr__(self, name)

    def __dir__(self):
        own = self.__dict__
        names = list(own) + dir(type(self))
        for place in _OWN:
            names.extend(own[place])
        return sorted(set(names))

    def register_parameter(self, name, param):
        own = self.__dict__
        if "_parameters" not in own:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        if "." in name or name == "":
            raise KeyError(f"parameter name can't be empty or contain \".\", got: {name!r}")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"cannot assign '{type(param).__name__}' object to parameter '{name}'")
        own["_parameters"][name] = param

    def register_buffer(self, name, tensor, persistent=True):
        own = self.__dict__
        if "_buffers" not in own:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        if isinstance(tensor, ComplexTensor) and persistent:
            raise NotImplementedError(f"buffer '{name}' is complex: it can be computed, but not loaded from a checkpoint")
        if tensor is not None and not isinstance(tensor, (Tensor, ComplexTensor)):
            raise TypeError(f"cannot assign '{type(tensor).__name__}' object to buffer '{name}'")
        if hasattr(self, name) and name not in own["_buffers"]:
            raise KeyError(f"attribute '{name}' already exists")
        own["_buffers"][name] = tensor
        if persistent:
            own["_non_persistent_buffers_set"].discard(name)
        else:
            own["_non_persistent_buffers_set"].add(name)

    def add_module(self, name, module):
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        if "." in name or name == "":
            raise KeyError(f"module name can't be empty or contain \".\", got: {name!r}")
        self.__dict__["_modules"][name] = module

    register_module = add_module

    def get_submodule(self, target):
        module = self
        for name in target.split(".") if target else []:
            module = getattr(module, name)
        return module

    def get_parameter(self, target):
        path, _, name = target.rpartition(".")
        return getattr(self.get_submodule(path), name)

    get_buffer = get_parameter

    def set_submodule(self, target, module):
        path, _, name = target.rpartition(".")
        setattr(self.get_submodule(path), name, module)

    # what is inside

    def children(self):
        for _, module in self.named_children():
            yield module

    def named_children(self):
        seen = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self):
        for _, module in self.named_modules():
            yield module

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        return iter(self._walk(set() if memo is None else memo, prefix, remove_duplicate, []))

    def _walk(self, seen, prefix, unique, found):
        if unique:
            if id(self) in seen:
                return found
            seen.add(id(self))
        found.append((prefix, self))
        for name, module in self._modules.items():
            if module is not None:
                module._walk(seen, prefix + "." + name if prefix else name, unique, found)
        return found

    def _members(self, place, prefix, recurse, unique):
        seen = set()
        found = []
        for path, module in self._walk(set(), prefix, unique, []) if recurse else [(prefix, self)]:
            for name, value in module.__dict__[place].items():
                if value is None or id(value) in seen:
                    continue
                if unique:
                    seen.add(id(value))
                found.append((path + "." + name if path else name, value))
        return found

    def parameters(self, recurse=True):
        return iter([p for _, p in self._members("_parameters", "", recurse, True)])

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        return iter(self._members("_parameters", prefix, recurse, remove_duplicate))

    def buffers(self, recurse=True):
        return iter([b for _, b in self._members("_buffers", "", recurse, True)])

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        return iter(self._members("_buffers", prefix, recurse, remove_duplicate))

    # state

    def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
        state = OrderedDict() if destination is None else destination
        for path, module in self._walk(set(), "", False, []):
            lead = prefix + path + "." if path else prefix
            for name, value in module._parameters.items():
                if value is not None:
                    state[lead + name] = value
            for name, value in module._buffers.items():
                if value is not None and name not in module._non_persistent_buffers_set:
                    state[lead + name] = value
        return state

    def load_state_dict(self, state_dict, strict=True, assign=False):
        own = self.state_dict()
        missing = [k for k in own if k not in state_dict]
        unexpected = [k for k in state_dict if k not in own]
        wrong = []
        for name, value in state_dict.items():
            if name in own:
                if tuple(own[name].shape) != tuple(value.shape):
                    wrong.append(f"{name}: {tuple(value.shape)} in the checkpoint, {tuple(own[name].shape)} in the model")
                else:
                    own[name].copy_(value)
        problems = []
        if strict and missing:
            problems.append("missing: " + ", ".join(missing))
        if strict and unexpected:
            problems.append("unexpected: " + ", ".join(unexpected))
        if wrong:
            problems.append("of another shape: " + "; ".join(wrong))
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}: " + "; ".join(problems))
        return _Keys(missing, unexpected)

    def apply(self, fn):
        for module in list(self.children()):
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        for p in self.parameters():
            p.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none=True):
        pass

    def to(self, *args, **kwargs):
        for a in list(args) + list(kwargs.values()):
            kind = getattr(a, "is_floating_point", None)
            if kind is True:
                self._convert(a)
        return self

    def _convert(self, dtype):
        """Floating parameters and buffers take another type."""
        for value in list(self.parameters()) + list(self.buffers()):
            if value.is_floating_point():
                value.data = value.data.to(dtype)
        return self

    def type(self, dst_type):
        return self._convert(dst_type)

    def float(self):
        import torch

        return self._convert(torch.float32)

    def double(self):
        import torch

        return self._convert(torch.float64)

    def half(self):
        import torch

        return self._convert(torch.float16)

    def bfloat16(self):
        import torch

        return self._convert(torch.bfloat16)

    def _itself(self, *args, **kwargs):
        return self

    cpu = cuda = xpu = ipu = mtia = share_memory = to_empty = _itself

    def get_extra_state(self):
        raise RuntimeError("get_extra_state is only for modules that define it")

    def set_extra_state(self, state):
        raise RuntimeError("set_extra_state is only for modules that define it")

    def compile(self, *args, **kwargs):
        pass

    # hooks

    def _hook(self, place, hook, kwargs):
        own = self.__dict__
        own.setdefault("_forward_pre_hooks", {})
        own.setdefault("_forward_hooks", {})
        key = own.get("_next_hook", 0)
        own["_next_hook"] = key + 1
        own[place][key] = (hook, kwargs)
        return RemovableHandle(own[place], key)

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        return self._hook("_forward_pre_hooks", hook, with_kwargs)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        return self._hook("_forward_hooks", hook, with_kwargs)

    def _no_hook(self, *args, **kwargs):
        return RemovableHandle()

    register_backward_hook = register_full_backward_hook = register_full_backward_pre_hook = _no_hook
    _register_load_state_dict_pre_hook = register_load_state_dict_post_hook = _register_state_dict_hook = _no_hook
    register_load_state_dict_pre_hook = register_state_dict_pre_hook = _no_hook
    register_state_dict_post_hook = _no_hook

    # text

    def extra_repr(self):
        return ""

    def _get_name(self):
        return type(self).__name__

    def __repr__(self):
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = []
        for name, module in self._modules.items():
            text = repr(module).split("\n")
            children.append("(" + name + "): " + "\n".join([text[0]] + ["  " + line for line in text[1:]]))
        if len(lines) == 1 and not children:
            return self._get_name() + "(" + extra + ")"
        body = "\n  ".join(lines + children)
        return self._get_name() + "(" + ("\n  " + body + "\n" if body else "") + ")"

    def __deepcopy__(self, memo):
        import copy

        result = object.__new__(type(self))
        memo[id(self)] = result
        for name, value in self.__dict__.items():
            result.__dict__[name] = copy.deepcopy(value, memo)
        return result

    def __copy__(self):
        result = object.__new__(type(self))
        for name, value in self.__dict__.items():
            result.__dict__[name] = value.copy() if name in _OWN else value
        return result
