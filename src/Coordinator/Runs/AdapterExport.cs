namespace EdgeFlora.Coordinator.Runs;

/// <summary>A global model, ready to be written out.</summary>
/// <param name="Round">The round it is of.</param>
/// <param name="ModelSha256">SHA-256 of the adapter's body: the same for the same bytes.</param>
/// <param name="WriteAsync">Writes the zip. The same export gives the same bytes.</param>
public sealed record AdapterExport(int Round, string ModelSha256, Func<Stream, CancellationToken, Task> WriteAsync);
