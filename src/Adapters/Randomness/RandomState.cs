namespace EdgeFlora.Adapters.Randomness;

/// <summary>Where a <see cref="SeededRandom"/> stands: the four words of xoshiro256**, for checkpoints. All zero is no state.</summary>
public readonly record struct RandomState(ulong S0, ulong S1, ulong S2, ulong S3);
