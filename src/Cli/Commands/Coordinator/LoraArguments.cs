using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>Options of the adapter that a run trains.</summary>
internal sealed class LoraArguments
{
    private readonly AdapterArguments adapter = new();

    public IEnumerable<Option> All => adapter.All;

    /// <param name="model">Folder of the base model, which must have what <c>--targets</c> names.</param>
    /// <exception cref="InputException">A target is no layer of the model; the message lists those that are.</exception>
    public LoraOptions Read(ParseResult parsed, string model)
    {
        (AdapterVariant variant, int rank, double alpha, IReadOnlyList<string>? targets) = adapter.Read(parsed);
        if (targets is not null)
        {
            using var folder = BaseModelFolder.Open(model);
            AdapterArguments.RequireLayers(folder, targets);
        }

        return new LoraOptions { Rank = rank, Alpha = alpha, Variant = variant, TargetModules = targets };
    }
}
