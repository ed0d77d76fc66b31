using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs verify</c>.</summary>
internal sealed class VerifyCommand : ServiceCommand
{
    /// <summary>Longest that the service merges one round.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly Argument<string> id;
    private readonly Option<int?> round;

    public VerifyCommand()
        : this(
            RunsCommand.IdArgument(),
            new("--round") { Description = "Round to merge again; without it all whose results are kept, the newest first", HelpName = "N" })
    {
    }

    private VerifyCommand(Argument<string> id, Option<int?> round)
        : base(
            "verify", "Merge rounds again from the results that are kept (retention.results), and compare the bytes with the ledger.", id, round) =>
        (this.id, this.round) = (id, round);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string path = await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop);
        int? only = parsed.GetValue(round);
        bool differs = false;
        for (int? next = only; ;)
        {
            string query = next is { } one ? string.Create(CultureInfo.InvariantCulture, $"?round={one}") : "";
            RoundVerification verified = await client.CommandAsync<RoundVerification>(
                HttpMethod.Post, $"{path}/verify{query}", null, stop, patience: Patience);
            answer.Line(verified, Line);
            differs |= verified.Problem is not null;
            next = verified.Earlier;
            if (only is not null || next is null)
            {
                return differs ? ExitCode.BadInput : ExitCode.Done;
            }
        }
    }

    private static string Line(RoundVerification round) => round.Problem is { } problem
        ? string.Create(CultureInfo.InvariantCulture, $"round {round.Round}: not verified: {problem}")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"round {round.Round}: {round.Results} results merged again, the same bytes came of it: {round.ModelSha256}");
}
