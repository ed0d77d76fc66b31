using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Models;

/// <summary><c>edgeflora models ls</c>.</summary>
internal sealed class ModelListCommand() : ServiceCommand("ls", "List the base models that a spec can name.")
{
    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        answer.Show(
            await client.GetAsync<IReadOnlyList<ModelSummary>>("/api/v1/models", stop),
            models => TextTable.Lines(
                ["NAME", "FAMILY", "SIZE", "ORIGIN", "LICENCE", "WEIGHTS"],
                models.Select(model => new[]
                {
                    model.Name, model.Family, Shown.Bytes(model.Bytes), model.Origin.ToString().ToLowerInvariant(), model.Licence,
                    ModelText.Hash(model),
                })));
        return ExitCode.Done;
    }
}
