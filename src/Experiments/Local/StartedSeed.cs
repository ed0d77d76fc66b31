using EdgeFlora.Adapters;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Experiments.Shares;

namespace EdgeFlora.Experiments.Local;

/// <summary>Where the runs of one regime and seed begin.</summary>
/// <param name="First">The adapter of round 0, as agents hold it.</param>
/// <param name="FirstSha256">Of its body.</param>
/// <param name="Options">How is trained without a federation.</param>
internal sealed record StartedSeed(Regime Regime, ulong Seed, Split Split, LoraAdapter First, string FirstSha256, CoordinatorOptions Options);
