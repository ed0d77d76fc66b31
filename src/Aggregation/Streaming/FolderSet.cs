using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Peft;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>PEFT folders opened together, checked by their headers to be adapters of one model.</summary>
internal sealed class FolderSet : IDisposable
{
    // Beyond this, files are opened for each reading: processes may commonly hold 1,024.
    private const int MostOpen = 256;

    private FolderSet(IReadOnlyList<PeftAdapterReader> folders, PeftAdapterReader? broadcast)
    {
        Folders = folders;
        Broadcast = broadcast;
    }

    /// <summary>In ordinal order of their paths.</summary>
    public IReadOnlyList<PeftAdapterReader> Folders { get; }

    public PeftAdapterReader? Broadcast { get; }

    /// <exception cref="AdapterFormatException">
    /// A folder is no PEFT adapter or not one of the same model as the first; the message names it.
    /// </exception>
    /// <param name="anyBaseName">Whether adapters may call their base model differently.</param>
    public static FolderSet Open(IEnumerable<string> paths, string? broadcast, bool anyBaseName)
    {
        string[] sorted = [.. paths];
        var opened = new List<PeftAdapterReader>(sorted.Length);
        PeftAdapterReader? start = null;
        try
        {
            foreach (string path in sorted)
            {
                PeftAdapterReader folder = PeftAdapterReader.Open(path, keepOpen: sorted.Length <= MostOpen);
                opened.Add(folder);
                RequireAlike(opened[0], folder, anyBaseName);
            }

            if (broadcast is not null)
            {
                start = PeftAdapterReader.Open(broadcast);
                RequireAlike(opened[0], start, anyBaseName);
            }

            return new FolderSet(opened, start);
        }
        catch
        {
            opened.ForEach(folder => folder.Dispose());
            start?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (PeftAdapterReader folder in Folders)
        {
            folder.Dispose();
        }

        Broadcast?.Dispose();
    }

    /// <summary>All but the rows of a classification head, which <see cref="HeadLabels"/> knows the names of.</summary>
    private static void RequireAlike(PeftAdapterReader first, PeftAdapterReader other, bool anyBaseName)
    {
        if (other.Config.Settings.Variant != first.Config.Settings.Variant)
        {
            throw Unlike(other, $"the variant is {other.Config.Settings.Variant}", $"{first.Config.Settings.Variant}", first);
        }

        if (!anyBaseName
            && first.Config.BaseModelName is { Length: > 0 } model
            && other.Config.BaseModelName is { Length: > 0 } otherModel
            && !BaseModelName.MayBeSame(model, otherModel))
        {
            throw new OtherBaseModelException(Said(other, $"the base model is '{otherModel}'", $"'{model}'", first));
        }

        if (first.Config.TaskType is { Length: > 0 } task && other.Config.TaskType is { Length: > 0 } otherTask && task != otherTask)
        {
            throw Unlike(other, $"task_type is {otherTask}", task, first);
        }

        if (first.Config.Settings.EnsureWeightTying != other.Config.Settings.EnsureWeightTying && first.Saved.Count > 0)
        {
            throw Unlike(
                other, $"ensure_weight_tying is {other.Config.Settings.EnsureWeightTying}", $"{first.Config.Settings.EnsureWeightTying}", first);
        }

        foreach (string name in first.Modules.Keys.Union(other.Modules.Keys).Order(StringComparer.Ordinal))
        {
            RequireSame(
                other,
                first,
                "module",
                name,
                other.Modules.GetValueOrDefault(name) is { } m ? $"[{m.Outputs}×{m.Inputs}]" : null,
                first.Modules.GetValueOrDefault(name) is { } n ? $"[{n.Outputs}×{n.Inputs}]" : null);
        }

        foreach (string name in first.Saved.Keys.Union(other.Saved.Keys).Order(StringComparer.Ordinal))
        {
            RequireSame(other, first, "tensor", name, Text(other.Saved.GetValueOrDefault(name)), Text(first.Saved.GetValueOrDefault(name)));
        }

        static string? Text(TensorShape? shape) =>
            shape is null ? null
            : ClassifierOutput.Holds(shape.Name)
                ? $"[{string.Join('×', shape.Dimensions.Skip(1).Select(dimension => (object)dimension).Prepend("labels"))}]"
            : $"[{string.Join('×', shape.Dimensions)}]";
    }

    private static void RequireSame(PeftAdapterReader other, PeftAdapterReader first, string kind, string name, string? actual, string? expected)
    {
        if (actual != expected)
        {
            throw Unlike(other, $"{kind} '{name}' is {actual ?? "missing"}", expected ?? "none", first);
        }
    }

    private static AdapterFormatException Unlike(PeftAdapterReader other, string actual, string expected, PeftAdapterReader first) =>
        new(Said(other, actual, expected, first));

    private static string Said(PeftAdapterReader other, string actual, string expected, PeftAdapterReader first) =>
        $"{other.Folder}: {actual}, expected {expected} as in {first.Folder}; adapters of different models cannot be merged.";
}
