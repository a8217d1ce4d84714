"""A child-sum Tree-LSTM (Tai, Socher and Manning, 2015), by recursion over a tree of Python objects."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Tree(object):
    def __init__(self, idx=None):
        self.parent = None
        self.idx = idx
        self.num_children = 0
        self.children = list()
        self.state = None

    def add_child(self, child):
        child.parent = self
        self.num_children += 1
        self.children.append(child)

    def size(self):
        if getattr(self, '_size', None):
            return self._size
        count = 1
        for i in range(self.num_children):
            count += self.children[i].size()
        self._size = count
        return self._size

    def depth(self):
        return 1 + max((c.depth() for c in self.children), default=0)

    @classmethod
    def parse(cls, spec):
        """From (word, child, child, ...), a child being such a tuple or a word."""
        if isinstance(spec, int):
            return cls(spec)
        word, *children = spec
        tree = cls(word)
        for child in children:
            tree.add_child(cls.parse(child))
        return tree


class ChildSumTreeLSTM(nn.Module):
    def __init__(self, in_dim, mem_dim):
        super(ChildSumTreeLSTM, self).__init__()
        self.in_dim = in_dim
        self.mem_dim = mem_dim
        self.ioux = nn.Linear(self.in_dim, 3 * self.mem_dim)
        self.iouh = nn.Linear(self.mem_dim, 3 * self.mem_dim)
        self.fx = nn.Linear(self.in_dim, self.mem_dim)
        self.fh = nn.Linear(self.mem_dim, self.mem_dim)

    def node_forward(self, inputs, child_c, child_h):
        child_h_sum = torch.sum(child_h, dim=0, keepdim=True)
        iou = self.ioux(inputs) + self.iouh(child_h_sum)
        i, o, u = torch.split(iou, iou.size(1) // 3, dim=1)
        i, o, u = F.sigmoid(i), F.sigmoid(o), F.tanh(u)
        f = F.sigmoid(self.fh(child_h) + self.fx(inputs).repeat(len(child_h), 1))
        fc = torch.mul(f, child_c)
        c = torch.mul(i, u) + torch.sum(fc, dim=0, keepdim=True)
        h = torch.mul(o, F.tanh(c))
        return c, h

    def forward(self, tree, inputs):
        for idx in range(tree.num_children):
            self.forward(tree.children[idx], inputs)
        if tree.num_children == 0:
            child_c = inputs[0].detach().new(1, self.mem_dim).fill_(0.).requires_grad_()
            child_h = inputs[0].detach().new(1, self.mem_dim).fill_(0.).requires_grad_()
        else:
            child_c, child_h = zip(*map(lambda x: x.state, tree.children))
            child_c, child_h = torch.cat(child_c, dim=0), torch.cat(child_h, dim=0)
        tree.state = self.node_forward(inputs[tree.idx].unsqueeze(0), child_c, child_h)
        return tree.state


class TreeClassifier(nn.Module):
    def __init__(self, vocab_size=40, in_dim=12, mem_dim=16, num_classes=3):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, in_dim, padding_idx=0)
        self.childsumtreelstm = ChildSumTreeLSTM(in_dim, mem_dim)
        self.out = nn.Linear(mem_dim, num_classes)

    def forward(self, words, tree):
        root = Tree.parse(tree)
        state, hidden = self.childsumtreelstm(root, self.emb(words))
        return F.log_softmax(self.out(hidden), dim=1), root.size(), root.depth()
