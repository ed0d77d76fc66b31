using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Runs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Has the report of a run that is over written into its output folder.</summary>
/// <param name="write">Writes it; null: nobody does.</param>
internal sealed class ReportWriter(
    Task<Serving> serving, Action<RunDetail, IReadOnlyList<RunEvent>, string>? write, TimeProvider time, ILogger log)
{
    /// <summary>A report that can't be written takes nothing from its run, and can be made at any time by the API.</summary>
    public async Task WriteAsync(RunEntry entry, CancellationToken stop)
    {
        if (write is null || entry.Options.OutputFolder is not { } folder)
        {
            return;
        }

        try
        {
            Serving parts = await serving.WaitAsync(stop);
            RunEvent[] events = parts.Store.Read(entry.Id.ToString(), reader => reader.Events().ToArray());
            Directory.CreateDirectory(folder);
            write(RunViews.Detail(entry, parts, time.GetUtcNow()), events, folder);
        }
#pragma warning disable CA1031 // What a writer of another project does wrong must not break the service.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.ReportNotWritten(entry.Id, failure.Message);
        }
    }
}
