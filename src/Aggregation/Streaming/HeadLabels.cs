using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Peft;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>The classes of a merged head, and which row of each folder's head stands for which of them.</summary>
internal sealed class HeadLabels
{
    private readonly Dictionary<PeftAdapterReader, int[]> rows;

    private HeadLabels(IReadOnlyList<string>? labels, Dictionary<PeftAdapterReader, int[]> rows)
    {
        Labels = labels;
        this.rows = rows;
    }

    /// <summary>
    /// In the order of the result's rows: that of the broadcast adapter, else of the first folder by path. Null if no folder names them.
    /// </summary>
    public IReadOnlyList<string>? Labels { get; }

    /// <exception cref="AdapterFormatException">
    /// Rows cannot be matched by name, or heads without names have different numbers of them; the message names folder and labels.
    /// </exception>
    public static HeadLabels Of(FolderSet set, MergeRequest request)
    {
        PeftAdapterReader first = set.Broadcast ?? set.Folders[0];
        PeftAdapterReader[] all = [first, .. set.Folders.Where(folder => folder != first)];
        if (!first.Saved.Keys.Any(ClassifierOutput.Holds))
        {
            return new HeadLabels(null, []);
        }

        Dictionary<PeftAdapterReader, IReadOnlyList<string>?> names = all.ToDictionary(folder => folder, folder => NamesOf(folder, request));
        if (names.Values.All(known => known is null))
        {
            RequireSameRows(all);
            return new HeadLabels(null, []);
        }

        RequireNamed(all, names);
        IReadOnlyList<string> labels = United(all, names, request.UniteLabels);
        return new HeadLabels(
            labels,
            all.Where(folder => !names[folder]!.SequenceEqual(labels)).ToDictionary(folder => folder, folder => RowsOf(names[folder]!, labels)));
    }

    /// <summary>For each class its row in the folder's head, −1 where it has none; null if the rows are as in the result.</summary>
    public IReadOnlyList<int>? RowsOf(PeftAdapterReader folder) => rows.GetValueOrDefault(folder);

    private static int[] RowsOf(IReadOnlyList<string> names, IReadOnlyList<string> labels)
    {
        var at = names.Select((name, row) => (name, row)).ToDictionary(entry => entry.name, entry => entry.row, StringComparer.Ordinal);
        return [.. labels.Select(label => at.GetValueOrDefault(label, -1))];
    }

    private static IReadOnlyList<string>? NamesOf(PeftAdapterReader folder, MergeRequest request)
    {
        IReadOnlyList<string>? names = folder.Labels ?? request.Labels;
        TensorShape? misfit = names is null ? null : Heads(folder).FirstOrDefault(head => head.Dimensions[0] != names.Count);
        return misfit is null
            ? names
            : throw new AdapterFormatException(
                $"{folder.Folder}: tensor '{misfit.Name}' has {misfit.Dimensions[0]} rows, but its labels are {names!.Count} "
                + $"({string.Join(", ", names)}), expected a row for each.");
    }

    private static IEnumerable<TensorShape> Heads(PeftAdapterReader folder) =>
        folder.Saved.Values.Where(tensor => ClassifierOutput.Holds(tensor.Name));

    private static void RequireSameRows(PeftAdapterReader[] all)
    {
        foreach (PeftAdapterReader folder in all)
        {
            foreach ((TensorShape here, TensorShape there) in Heads(folder).Zip(Heads(all[0])))
            {
                if (here.Dimensions[0] != there.Dimensions[0])
                {
                    throw new AdapterFormatException(
                        $"{folder.Folder}: tensor '{here.Name}' is [{string.Join('×', here.Dimensions)}], expected "
                        + $"[{string.Join('×', there.Dimensions)}] as in {all[0].Folder}; "
                        + "neither holds the names of its labels, so that rows cannot be matched.");
                }
            }
        }
    }

    private static void RequireNamed(PeftAdapterReader[] all, Dictionary<PeftAdapterReader, IReadOnlyList<string>?> names)
    {
        if (Array.Find(all, folder => names[folder] is null) is { } nameless)
        {
            PeftAdapterReader named = all.First(folder => names[folder] is not null);
            throw new AdapterFormatException(
                $"{nameless.Folder} does not hold the names of its labels, but {named.Folder} does ({string.Join(", ", names[named]!)}); rows cannot "
                + "be matched until all have names.");
        }
    }

    private static IReadOnlyList<string> United(PeftAdapterReader[] all, Dictionary<PeftAdapterReader, IReadOnlyList<string>?> names, bool unite)
    {
        IReadOnlyList<string> first = names[all[0]]!;
        if (!unite && Array.Find(all, folder => !names[folder]!.ToHashSet(StringComparer.Ordinal).SetEquals(first)) is { } other)
        {
            throw new OtherLabelsException(
                $"{other.Folder} tells {string.Join(", ", names[other]!)} apart, {all[0].Folder} {string.Join(", ", first)}; heads of the same "
                + "labels can be merged, or the union of all labels if that is asked for.");
        }

        return [.. first, .. names.Values.SelectMany(known => known!).Except(first, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }
}
