namespace EdgeFlora.Coordinator.Store;

/// <summary>Something that became of an agent.</summary>
/// <param name="At">Unix time in milliseconds.</param>
internal sealed record StoredHistory(long At, string What, string? Run, string? By);
