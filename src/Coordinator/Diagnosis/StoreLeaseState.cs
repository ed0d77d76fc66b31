namespace EdgeFlora.Coordinator.Diagnosis;

/// <summary>Who leads, as the database has it.</summary>
/// <param name="Holder">Host and process of whoever leads or led.</param>
/// <param name="Term">The latest term.</param>
/// <param name="IsHeld">Whether it leads: it is connected and has renewed its lease in time.</param>
public sealed record StoreLeaseState(string Holder, long Term, bool IsHeld);
