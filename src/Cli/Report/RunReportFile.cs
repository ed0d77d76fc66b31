using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Report;

/// <summary>The report of a run as a file.</summary>
internal static class RunReportFile
{
    private const string Name = "report.html";

    /// <summary>Writes the report into a run's output folder, as a whole or not at all.</summary>
    public static void Write(RunDetail run, IReadOnlyList<RunEvent> events, string folder) => WriteTo(Path.Combine(folder, Name), run, events);

    /// <summary>Writes the report somewhere, as a whole or not at all.</summary>
    public static void WriteTo(string file, RunDetail run, IReadOnlyList<RunEvent> events)
    {
        byte[] page = RunReportPage.Render(RunReport.Of(run, events));
        AtomicFile.Write(file, stream => stream.Write(page));
    }
}
