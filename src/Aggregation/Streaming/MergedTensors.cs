using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>Weighted means of the tensors trained in full, row by row where a head's rows stand for different classes.</summary>
internal static class MergedTensors
{
    public static Dictionary<string, DenseTensor> Of(FolderSet set, MergeTerms terms, HeadLabels labels)
    {
        (PeftAdapterReader Folder, double Share)[] parts =
        [
            .. set.Folders.Select((folder, i) => (folder, terms.Entries[i].Share)),
            .. terms.HasBroadcast ? [(set.Broadcast!, terms.Entries[^1].Share)] : Array.Empty<(PeftAdapterReader, double)>(),
        ];
        return set.Folders[0].Saved.Keys.ToDictionary(
            name => name,
            name => ClassifierOutput.Holds(name) && Array.Exists(parts, part => labels.RowsOf(part.Folder) is not null)
                ? ByClass(name, parts, labels)
                : Mean(name, parts),
            StringComparer.Ordinal);
    }

    private static DenseTensor Mean(string name, (PeftAdapterReader Folder, double Share)[] parts)
    {
        DenseTensor? first = null;
        double[] total = [];
        foreach ((PeftAdapterReader folder, double share) in parts)
        {
            DenseTensor tensor = folder.ReadSaved(name);
            total = first is null ? new double[tensor.Values.Length] : total;
            first ??= tensor;
            Widening.Add(tensor.Values, share, total);
        }

        return new DenseTensor([.. first!.Shape], [.. total.Select(value => (float)value)]);
    }

    /// <summary>Each class is the mean of those heads that know it, by their shares.</summary>
    private static DenseTensor ByClass(string name, (PeftAdapterReader Folder, double Share)[] parts, HeadLabels labels)
    {
        int classes = labels.Labels!.Count;
        double[] total = [];
        double[] known = new double[classes];
        int[] shape = [];
        foreach ((PeftAdapterReader folder, double share) in parts)
        {
            DenseTensor tensor = folder.ReadSaved(name);
            int width = tensor.Values.Length / tensor.Shape[0];
            shape = shape.Length > 0 ? shape : [classes, .. tensor.Shape.Skip(1)];
            total = total.Length > 0 ? total : new double[classes * width];
            IReadOnlyList<int>? rows = labels.RowsOf(folder);
            for (int label = 0; label < classes; label++)
            {
                int row = rows is null ? label : rows[label];
                if (row >= 0)
                {
                    Widening.Add(tensor.Values.AsSpan(row * width, width), share, total.AsSpan(label * width, width));
                    known[label] += share;
                }
            }
        }

        int columns = total.Length / classes;
        bool whole = Array.TrueForAll(parts, part => labels.RowsOf(part.Folder)?.Contains(-1) != true);
        return new DenseTensor(shape, [.. total.Select((value, i) => (float)(whole ? value : value / known[i / columns]))]);
    }
}
