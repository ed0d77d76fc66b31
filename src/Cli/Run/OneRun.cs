using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs;

namespace EdgeFlora.Cli.Run;

/// <summary>A spec as the one run of a process.</summary>
internal static class OneRun
{
    /// <summary>Longest that a process waits for agents.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    /// <exception cref="SpecException">The spec asks for what this machine lacks, or for what only a service can do.</exception>
    public static CoordinatorOptions Options(RunSpec spec, StoreOptions store, string output)
    {
        SpecMistake[] beyond = [.. BeyondOneRun(spec)];
        if (beyond.Length > 0)
        {
            throw new SpecException(beyond);
        }

        string model = Model(spec);
        RequireLayers(spec, model);
        TimeSpan wait = spec.WaitFor is { } given && given < LongestWait ? given : LongestWait;
        return spec.ToOptions(model, store, output) with { Rounds = spec.Rounds with { StartTimeout = wait } };
    }

    /// <summary>A setting that is not heeded must not be passed over.</summary>
    private static IEnumerable<SpecMistake> BeyondOneRun(RunSpec spec)
    {
        (string Setting, string? Value)[] settings = [("agents.selector", spec.Selector.Text), ("data", spec.DataSet), (
            "startFrom", spec.StartFrom is null ? "" : "given")];
        return settings.Where(setting => !string.IsNullOrEmpty(setting.Value)).Select(setting => new SpecMistake(
            null,
            null,
            null,
            setting.Setting,
            setting.Value,
            $"{setting.Setting} is given; edgeflora run leads a run without a fleet, so submit the spec to a service instead: edgeflora runs submit"));
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
