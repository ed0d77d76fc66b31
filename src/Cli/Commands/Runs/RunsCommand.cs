using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs</c>: everything about runs of a service.</summary>
internal sealed class RunsCommand : Command
{
    public RunsCommand()
        : base("runs", "Submit runs to a service, watch and change them. Ids may be abbreviated to a beginning that only one run has.")
    {
        Subcommands.Add(new SubmitCommand());
        Subcommands.Add(new RunListCommand());
        Subcommands.Add(new ShowRunCommand());
        Subcommands.Add(new WatchCommand());
        Subcommands.Add(new RunVerbCommand("pause", "Hold a run: work under way is finished, nothing new is offered."));
        Subcommands.Add(new ResumeCommand());
        Subcommands.Add(new RunVerbCommand("cancel", "End a run; its committed models remain."));
        Subcommands.Add(new SetCommand());
        Subcommands.Add(new ForkCommand());
        Subcommands.Add(new ExportCommand());
        Subcommands.Add(new VerifyCommand());
        Subcommands.Add(new ReportCommand());
        Subcommands.Add(new DeleteCommand());
    }

    public static Argument<string> IdArgument() => new("ID") { Description = "Id of a run, or its beginning" };

    /// <summary>The path of a run in the API.</summary>
    public static async Task<string> PathAsync(ServiceClient client, string id, CancellationToken stop) =>
        $"/api/v1/runs/{await RunIds.ResolveAsync(client, id, stop)}";

    /// <summary>What a command made of a run, in a line.</summary>
    public static void Show(Answer answer, RunDetail run, string what) => answer.Show(
        run,
        detail => [$"{what} {detail.Summary.Id} ({detail.Summary.Name}): {RunText.State(detail.Summary)}"]);
}
