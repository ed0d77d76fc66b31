namespace EdgeFlora.Coordinator.Store;

/// <summary>A command that was done, and its answer.</summary>
/// <param name="At">Unix time in milliseconds.</param>
internal sealed record StoredCommand(string Key, string Fingerprint, string Answer, long At);
