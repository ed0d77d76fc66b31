using EdgeFlora.Contracts.Results;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>What looking into an update's body has shown.</summary>
/// <param name="Norm">Length of its change, if it could be read.</param>
/// <param name="Code">Why it does not count; absent if nothing speaks against it.</param>
internal sealed record Inspection(ResultReady Result, double Norm, RejectionCode? Code = null, string Reason = "");
