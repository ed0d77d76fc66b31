using EdgeFlora.Experiments.Results;

namespace EdgeFlora.Experiments.Local;

/// <summary>What came of one training without a federation.</summary>
/// <param name="Test">On the central test set.</param>
/// <param name="HeldOut">On the share's own held-out texts; null without any.</param>
internal sealed record BaselineOutcome(Measured Test, Measured? HeldOut);
