namespace EdgeFlora.Coordinator.Moving;

/// <summary>What came of moving a service's bodies.</summary>
/// <param name="Bodies">That are at the new place.</param>
/// <param name="Copied">Of them, those that this call copied; others were there from an earlier one.</param>
/// <param name="Bytes">Bytes of those that were copied.</param>
/// <param name="WasDone">Whether the service kept its bodies at the new place already.</param>
/// <param name="Removed">Objects that were removed from the bucket of before; 0 where there was none.</param>
public sealed record MovedBodies(int Bodies, int Copied, long Bytes, bool WasDone, int Removed);
