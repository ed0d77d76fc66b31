using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>What a run folded into the base weights, for adapters that are right only on top of it.</summary>
internal static class BaseDeltaOption
{
    public static Option<string> Create() => new("--base-delta")
    {
        Description = $"What the run folded into the base weights, for adapters that need it (docs/base-delta.md); "
            + $"without it {PeftFolder.BaseDeltaName} beside the adapter's folder",
        HelpName = "FILE",
    };

    /// <summary>The base that an adapter was trained on: the model, with the delta that the adapter names added, if it names one.</summary>
    /// <param name="adapter">Folder of the adapter.</param>
    /// <param name="given">The option's value, or null.</param>
    /// <exception cref="InputException">The file is missing or another one, or was given for an adapter that needs none.</exception>
    public static BaseModel Apply(BaseModel model, string adapter, string? given) =>
        Find(adapter, given) is { } delta ? model.With(delta.File, delta.Sha256) : model;

    /// <summary>The delta that an adapter names; null if it goes with the base model as it is.</summary>
    /// <param name="of">The adapter in the folder.</param>
    /// <inheritdoc cref="Apply"/>
    public static BaseDelta? Read(LoraAdapter of, string adapter, string? given) => Find(adapter, given) is { } delta
        ? BaseDeltaFile.Read(delta.File, of.Modules.Select(module => new ModuleShape(module.Key, module.Value.Outputs, module.Value.Inputs)))
        : null;

    private static (string File, string Sha256)? Find(string adapter, string? given)
    {
        if (PeftFolder.ReadBaseDeltaSha256(adapter) is not { } needed)
        {
            return given is null
                ? null
                : throw new InputException(
                    $"--base-delta is '{given}', but the adapter in '{adapter}' goes with the base model as it is; leave the option out");
        }

        string file = given ?? Path.Combine(
            Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(adapter))) ?? ".", PeftFolder.BaseDeltaName);
        if (!File.Exists(file))
        {
            throw new InputException(
                $"the adapter in '{adapter}' needs the base delta {needed}, and '{file}' does not exist; give it with --base-delta");
        }

        using FileStream stream = File.OpenRead(file);
        string found = ContentHash.Sha256(stream);
        return found == needed
            ? (file, needed)
            : throw new InputException($"the adapter in '{adapter}' needs the base delta {needed}; '{file}' is {found}");
    }
}
