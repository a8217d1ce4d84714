//! What kernels ask of a Vulkan device's arithmetic, and what is left of that on a device that does not promise it.

use ash::vk;

/// `OpExtension`, `OpExecutionMode`, `OpCapability`.
const EXTENSION: u32 = 10;
const EXECUTION_MODE: u32 = 16;
const CAPABILITY: u32 = 17;
/// `SignedZeroInfNanPreserve`, the mode and the capability: NaN, infinities and the signs of zeros are what IEEE 754 makes them.
const MODE: u32 = 4461;
const ASKS: u32 = 4466;
/// The extension that has them.
const NAME: &[u8] = b"SPV_KHR_float_controls\0";
/// Words before a module's first instruction.
const HEADER: usize = 5;

/// The widths of floats for which a device promises it.
pub(super) fn promised(of: &vk::PhysicalDeviceVulkan12Properties) -> Vec<u32> {
    [
        (16, of.shader_signed_zero_inf_nan_preserve_float16),
        (32, of.shader_signed_zero_inf_nan_preserve_float32),
        (64, of.shader_signed_zero_inf_nan_preserve_float64),
    ]
    .into_iter()
    .filter_map(|(width, promised)| (promised == vk::TRUE).then_some(width))
    .collect()
}

/// A module that asks for no more than is promised; elsewhere a driver may do as if there were no NaN.
pub(super) fn within(words: &[u32], promised: &[u32]) -> Vec<u32> {
    let of_mode = |i: &[u32]| i[0] & 0xffff == EXECUTION_MODE && i.get(2) == Some(&MODE);
    let kept = |i: &[u32]| i.get(3).is_some_and(|width| promised.contains(width));
    let needed = instructions(words).any(|i| of_mode(i) && kept(i));
    let stays = |i: &&[u32]| match i[0] & 0xffff {
        EXECUTION_MODE => !of_mode(i) || kept(i),
        CAPABILITY => needed || i.get(1) != Some(&ASKS),
        EXTENSION => needed || !text_starts(&i[1..], NAME),
        _ => true,
    };
    let header = &words[..HEADER.min(words.len())];
    header.iter().chain(instructions(words).filter(stays).flatten()).copied().collect()
}

/// The instructions, each with its first word, which holds their number of words and what they are.
fn instructions(words: &[u32]) -> impl Iterator<Item = &[u32]> {
    let mut rest = words.get(HEADER..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = (*rest.first()? >> 16).max(1) as usize;
        let (instruction, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        Some(instruction)
    })
}

fn text_starts(words: &[u32], with: &[u8]) -> bool {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.starts_with(with)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module that asks for some widths.
    fn asking(widths: &[u32]) -> Vec<u32> {
        let mut words = vec![0x0723_0203, 0x1_0000, 0, 9, 0, 2 << 16 | CAPABILITY, 1];
        if !widths.is_empty() {
            let mut name = NAME.to_vec();
            name.resize(name.len().next_multiple_of(4), 0);
            let name: Vec<u32> =
                name.chunks_exact(4).map(|b| u32::from_le_bytes(b.try_into().expect("four bytes"))).collect();
            words.extend([2 << 16 | CAPABILITY, ASKS, (name.len() as u32 + 1) << 16 | EXTENSION]);
            words.extend(name);
        }
        words.extend([6 << 16 | EXECUTION_MODE, 3, 17, 64, 1, 1]);
        widths.iter().for_each(|&width| words.extend([4 << 16 | EXECUTION_MODE, 3, MODE, width]));
        words.extend([1 << 16 | 253]);
        words
    }

    #[test]
    fn no_more_is_asked_than_is_promised() {
        assert_eq!(within(&asking(&[16, 32]), &[16, 32, 64]), asking(&[16, 32]));
        assert_eq!(within(&asking(&[16, 32]), &[32]), asking(&[32]));
        assert_eq!(within(&asking(&[32]), &[]), asking(&[]));
        assert_eq!(within(&asking(&[]), &[]), asking(&[]));
    }

    #[test]
    fn what_is_cut_off_is_no_reason_to_fail() {
        let words = asking(&[32]);
        for end in 0..words.len() {
            within(&words[..end], &[]);
        }
    }
}
