using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Results;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>What looking into an update's body has shown.</summary>
/// <param name="Norm">Length of its change, zero if it could not be read.</param>
/// <param name="Code">Why it does not count; absent if nothing speaks against it.</param>
internal sealed record Inspection(ResultReady Result, ChangeNorm Norm, RejectionCode? Code = null, string Reason = "");
