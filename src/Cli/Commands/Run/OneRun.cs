using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs;

namespace EdgeFlora.Cli.Commands.Run;

/// <summary>A spec as the one run of a process.</summary>
internal static class OneRun
{
    /// <summary>Longest that the rounds' options can say; a spec that gives no time waits for ever.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    /// <exception cref="SpecException">The spec asks for what this machine lacks, or for a run that only a service knows.</exception>
    public static CoordinatorOptions Options(RunSpec spec, StoreOptions store, string output)
    {
        if (spec.StartFrom?.RunId is { } other)
        {
            throw new SpecException([new SpecMistake(
                null,
                null,
                null,
                "startFrom.run",
                other.ToString(),
                $"startFrom.run is {other}, a run of a service, and edgeflora run knows none: submit the spec to that service (edgeflora runs "
                    + $"submit), or name startFrom.adapter")]);
        }

        string model = Model(spec);
        RequireLayers(spec, model);
        TimeSpan wait = spec.WaitFor is { } given && given < LongestWait ? given : LongestWait;
        return spec.ToOptions(model, store, output) with { Rounds = spec.Rounds with { StartTimeout = wait } };
    }

    private static string Model(RunSpec spec)
    {
        try
        {
            return new ModelCatalogue(ModelOption.EmbeddedFolder, [], takesPaths: true).Find(spec.Model);
        }
        catch (ServiceRefusedException missing)
        {
            throw new SpecException(missing.Mistakes);
        }
    }

    private static void RequireLayers(RunSpec spec, string model)
    {
        if (spec.Lora.TargetModules is not { } targets)
        {
            return;
        }

        try
        {
            using var folder = BaseModelFolder.Open(model);
            folder.Layers(targets);
        }
        catch (AdapterFormatException misfit)
        {
            throw new SpecException([new SpecMistake(
                null, null, null, "lora.targets", string.Join(", ", targets), $"lora.targets is [{string.Join(", ", targets)}]: {misfit.Message}")]);
        }
    }
}
