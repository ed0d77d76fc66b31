using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Runs;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Rollouts;

/// <summary><c>edgeflora rollouts create</c>.</summary>
internal sealed class CreateRolloutCommand : ServiceCommand
{
    private static readonly RolloutRequest Standard = new() { Set = [] };

    private readonly Argument<string> id;
    private readonly Option<string[]> set;
    private readonly Option<double> share;
    private readonly Option<int> rounds;
    private readonly Option<double> margin;

    public CreateRolloutCommand()
        : this(
            RunsCommand.IdArgument(),
            new("--set")
            {
                Description = "What changes, such as training.learningRate=0.001; may be given again",
                HelpName = "SETTING=VALUE",
                Required = true,
            },
            new("--share")
            {
                Description = "Share of the agents that are there which have it first, above 0, up to 0.5",
                DefaultValueFactory = _ => Standard.Share,
            },
            new("--rounds") { Description = "Rounds over which it is measured, 1 … 100", DefaultValueFactory = _ => Standard.Rounds },
            new("--margin")
            {
                Description = "How much worse they may do, in held-out loss after training over that before, "
                    + "and in the share of tasks that came to nothing",
                DefaultValueFactory = _ => Standard.Margin,
            })
    {
    }

    private CreateRolloutCommand(Argument<string> id, Option<string[]> set, Option<double> share, Option<int> rounds, Option<double> margin)
        : base("create", "Begin a rollout.", id, set, share, rounds, margin) =>
        (this.id, this.set, this.share, this.rounds, this.margin) = (id, set, share, rounds, margin);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        var request = new RolloutRequest
        {
            Set = parsed.GetRequiredValue(set),
            Share = parsed.GetValue(share),
            Rounds = parsed.GetValue(rounds),
            Margin = parsed.GetValue(margin),
        };
        string path = await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop);
        RunDetail run = await client.CommandAsync<RunDetail>(HttpMethod.Post, $"{path}/rollouts", request, stop);
        answer.Show(run.Rollouts[^1], rollout => RolloutText.Lines([rollout]));
        return ExitCode.Done;
    }
}
