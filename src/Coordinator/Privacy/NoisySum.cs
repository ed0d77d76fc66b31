using System.Collections.Immutable;

namespace EdgeFlora.Coordinator.Privacy;

/// <summary>The noisy sum of one private round.</summary>
/// <param name="Count">Noisy sums of the run so far, this one included, whether or not their rounds came to a model.</param>
/// <param name="NoiseKey">Secret of the noise; drawn and stored when the round is frozen, forgotten when it is over.</param>
internal sealed record NoisySum(int Count, ImmutableArray<byte> NoiseKey);
