using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>Draws the 32 secret bytes of one use in one round. Nothing that is public, such as the run's seed, may tell them.</summary>
internal delegate ImmutableArray<byte> SecretSource(SecretUse use, int round);
