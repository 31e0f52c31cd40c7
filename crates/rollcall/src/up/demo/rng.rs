//! The demonstration's dice: SplitMix64, so that one seed gives one past on every machine.
//!
//! Never for secrets; those come from the operating system.

/// A reproducible sequence of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The sequence of this seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence for one person, so that adding somebody leaves everyone else's past as it was.
    pub(crate) fn for_person(seed: u64, email: &str) -> Self {
        let mixed = email.bytes().fold(seed, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self::seeded(mixed)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included; `low` when there is no room between.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let room = high.saturating_sub(low).max(0).cast_unsigned().saturating_add(1);
        low.saturating_add((self.bits() % room).cast_signed())
    }

    /// True in `percent` of a hundred throws.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of them.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let last = i64::try_from(of.len()).unwrap_or(1) - 1;
        let index = usize::try_from(self.between(0, last)).unwrap_or(0);
        of[index]
    }

    /// A version 4 UUID out of this sequence.
    pub(crate) fn uuid(&mut self) -> uuid::Uuid {
        let bytes = (u128::from(self.bits()) << 64 | u128::from(self.bits())).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence_within_its_bounds() {
        let mut first = Dice::seeded(7);
        let mut second = Dice::seeded(7);
        for _ in 0..1000 {
            let number = first.between(-3, 5);
            assert_eq!(number, second.between(-3, 5));
            assert!((-3..=5).contains(&number));
        }
        assert_ne!(Dice::seeded(7).bits(), Dice::seeded(8).bits());
        assert_ne!(Dice::for_person(7, "a@x").bits(), Dice::for_person(7, "b@x").bits());
    }
}
