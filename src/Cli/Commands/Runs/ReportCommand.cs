using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Report;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs report</c>.</summary>
internal sealed class ReportCommand : ServiceCommand
{
    private readonly Argument<string> id;
    private readonly Option<string> target;

    public ReportCommand()
        : this(
            RunsCommand.IdArgument(),
            new("--out") { Description = "File that receives the page", HelpName = "FILE", DefaultValueFactory = _ => "report.html" })
    {
    }

    private ReportCommand(Argument<string> id, Option<string> target)
        : base("report", "Write a page about a run, over or not: its figures, plots and events. It needs no network.", id, target) =>
        (this.id, this.target) = (id, target);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string file = parsed.GetRequiredValue(target);
        if (Directory.Exists(file))
        {
            throw new InputException($"--out is '{file}', which is a folder; give a file, such as {Path.Combine(file, "report.html")}");
        }

        string path = await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop);
        RunDetail run = await client.GetAsync<RunDetail>(path, stop);
        var events = new List<RunEvent>();
        var reader = new EventReader(client, TimeProvider.System, answer.Say);
        await foreach (EventEnvelope envelope in reader.ReadAsync($"{path}/events", follow: false, _ => Task.FromResult(true), stop))
        {
            events.Add(envelope.Event);
        }

        RunReportFile.WriteTo(file, run, events);
        answer.Show(new { file = Path.GetFullPath(file) }, _ => [$"report in {file}"]);
        return ExitCode.Done;
    }
}
