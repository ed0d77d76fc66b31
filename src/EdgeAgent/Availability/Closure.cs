using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent.Availability;

/// <summary>Why an agent may not work now.</summary>
/// <param name="Text">For people, with the setting that forbids it.</param>
/// <param name="Remaining">How long that lasts, if it is known.</param>
internal sealed record Closure(DeclineReason Reason, string Text, TimeSpan? Remaining);
