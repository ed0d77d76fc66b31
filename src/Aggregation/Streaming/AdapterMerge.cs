using System.Runtime.ExceptionServices;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>Merges PEFT folders module by module, with memory that does not grow with their number.</summary>
public static class AdapterMerge
{
    private const int MostRank = 1024;

    /// <summary>Merges the folders of <paramref name="request"/>; nothing is written.</summary>
    /// <exception cref="ArgumentException">A setting is not fit.</exception>
    /// <exception cref="AdapterFormatException">A folder is not fit; the message names folder, tensor and cause.</exception>
    /// <exception cref="OtherBaseModelException">Two folders name different base models, and the request does not allow it.</exception>
    /// <exception cref="OtherLabelsException">Two heads have different classes, and the request does not unite them.</exception>
    /// <exception cref="IOException">A file is unreadable.</exception>
    public static MergeResult Merge(MergeRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            return Merged(request, cancellationToken);
        }
        catch (AggregateException failures)
        {
            // Folders are read by several threads: what one of them found is what the caller wants to know.
            ExceptionDispatchInfo.Throw(failures.Flatten().InnerExceptions.MinBy(failure => failure.Message, StringComparer.Ordinal)!);
            throw;
        }
    }

    private static MergeResult Merged(MergeRequest request, CancellationToken cancellationToken)
    {
        AggregationOptions options = request.Options.Validated();
        (string[] paths, double[] weights) = Sorted(request);
        using FolderSet set = FolderSet.Open(paths, request.Broadcast, request.AnyBaseName);
        HeadLabels labels = HeadLabels.Of(set, request);
        LoraSettings settings = SettingsFor(request, set);
        RequireBroadcast(options, set);
        RequireMatches(options, set);
        ModuleWorkers workers = ModuleWorkers.For(set, request.MemoryBytes, options.Threads);
        var slots = new LoraFactors?[set.Folders.Count];
        MergeTerms terms = MergeTerms.Of(options, set, weights, settings.Scale, Resident);
        Array.Clear(slots);
        List<(string Name, ModuleAggregation Result)> merged;
        try
        {
            merged = workers.Run(set.Folders[0].Modules.Values, MergeModule, set.Folders.Count, cancellationToken);
        }
        finally
        {
            MatrixPool.Clear();
        }

        int rank = PublishedRank(options, settings.Rank, merged);
        ModuleReport[] reports = [.. merged.Select(m => m.Result.Report)];
        return new MergeResult(
            new LoraAdapter(
                WithRank(settings, rank),
                merged.Select(m => KeyValuePair.Create(m.Name, Padding.ToRank(m.Result.Factors, rank))),
                MergedTensors.Of(set, terms, labels)),
            DeltaOf(merged, settings),
            set.Folders.Select(f => f.Config.BaseModelName).FirstOrDefault(name => !string.IsNullOrEmpty(name)),
            set.Folders.Select(f => f.Config.TaskType).FirstOrDefault(type => !string.IsNullOrEmpty(type)),
            reports,
            DivergenceSummary.Of(reports),
            terms.Weights,
            terms.Asked,
            labels.Labels);

        ModuleAggregation MergeModule(ModuleShape shape, LoraFactors?[] buffers)
        {
            LoraFactors? start = set.Broadcast?.ReadFactors(shape.Name);
            LoraFactors broadcast = start is null
                ? new LoraFactors(new Matrix(settings.Rank, shape.Inputs), new Matrix(shape.Outputs, settings.Rank))
                : Padding.ToRank(start, settings.Rank);
            IFactorSource source = Source(set, shape.Name, shape, workers.Bytes, buffers, workers.Threads);
            source = terms.HasBroadcast ? new JoinedFactors(source, broadcast) : source;
            return ModuleAggregation.Of(shape.Name, broadcast, source, terms.Entries, round: 1, options with { Threads = workers.Threads });
        }

        IFactorSource Resident(string module)
        {
            IFactorSource source = Source(set, module, set.Folders[0].Modules[module], request.MemoryBytes, slots, options.Threads);
            return source is MemoryFactors
                ? source
                : throw new ArgumentException(
                    $"The robust rule {WrittenValue.Of(options.Robust)} compares all pairs of folders, for which {request.MemoryBytes >> 20} MiB "
                    + $"cannot hold module {module} of all {set.Folders.Count}; allow more memory, or take another rule.");
        }
    }

    private static void RequireBroadcast(AggregationOptions options, FolderSet set)
    {
        foreach (string name in options.ModuleStrategies.Select(entry => entry.Strategy).Prepend(options.Strategy))
        {
            IStrategy strategy = StrategyRegistry.Find(name);
            if (set.Broadcast is null && strategy.CombinesFactors && !strategy.WantsOneGauge)
            {
                throw new ArgumentException(
                    $"{strategy.Name} goes by the adapter that all others started from; name its folder as the broadcast adapter.");
            }
        }
    }

    private static void RequireMatches(AggregationOptions options, FolderSet set)
    {
        if (options.ModuleStrategies.FirstOrDefault(entry => !set.Folders[0].Modules.Keys.Any(entry.Matches)) is { } idle)
        {
            throw new ArgumentException(
                $"The pattern '{idle.Pattern}' for {idle.Strategy} fits none of the {set.Folders[0].Modules.Count} modules; their names are such as "
                + $"{set.Folders[0].Modules.Keys.Order(StringComparer.Ordinal).First()}.");
        }
    }

    private static (string[] Paths, double[] Weights) Sorted(MergeRequest request)
    {
        if (request.Folders.Count == 0)
        {
            throw new ArgumentException("There is no adapter folder to merge; give at least one.");
        }

        if (request.Weights.Count > 0 && request.Weights.Count != request.Folders.Count)
        {
            throw new ArgumentException($"The weights are {request.Weights.Count} and the folders {request.Folders.Count}; give one weight for each "
                + "folder, as 120,80,95 for three, or none.");
        }

        for (int i = 0; i < request.Weights.Count; i++)
        {
            if (!double.IsFinite(request.Weights[i]) || request.Weights[i] < 0)
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"The weight of {request.Folders[i]} is {request.Weights[i]}; it must be finite and not negative."));
            }
        }

        (string Path, double Weight)[] taking =
        [
            .. request.Folders.Select((path, i) => (Path: path, Weight: request.Weights.Count > 0 ? request.Weights[i] : 1)).Where(f => f.Weight > 0)
                .OrderBy(f => f.Path, StringComparer.Ordinal),
        ];
        if (taking.Length == 0)
        {
            throw new ArgumentException("All weights are 0; at least one must be positive.");
        }

        string? twice = taking.GroupBy(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f.Path)), StringComparer.Ordinal)
            .FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null
            ? ([.. taking.Select(f => f.Path)], [.. taking.Select(f => f.Weight)])
            : throw new ArgumentException($"{twice} is given twice; use weights to count it more.");
    }

    private static LoraSettings SettingsFor(MergeRequest request, FolderSet set)
    {
        LoraSettings first = (set.Broadcast ?? set.Folders[0]).Config.Settings;
        // An energy target may need all directions of all folders.
        int rank = request.Rank ?? (request.Options.KeptEnergy < 1
            ? Math.Min(MostRank, set.Folders.Sum(folder => folder.Config.Settings.Rank))
            : set.Folders.Max(folder => folder.Config.Settings.Rank));
        if (rank is < 1 or > MostRank)
        {
            throw new ArgumentException($"The rank is {rank}; it must be 1 … {MostRank}.");
        }

        if (set.Broadcast is not null && first.Rank > rank)
        {
            throw new ArgumentException($"The rank is {rank}, below the broadcast adapter's {first.Rank}.");
        }

        return WithRank(first, rank);
    }

    private static LoraSettings WithRank(LoraSettings settings, int rank) =>
        settings with { Rank = rank, Alpha = settings.Variant == AdapterVariant.RsLora ? settings.Scale * Math.Sqrt(rank) : settings.Scale * rank };

    // What fits is read once; else at least one a thread is held at a time, and every reading of the algorithms is a reading of the files.
    private static IFactorSource Source(FolderSet set, string module, ModuleShape shape, long bytes, LoraFactors?[] slots, int threads)
    {
        int largest = set.Folders.Max(folder => folder.Config.Settings.Rank);
        long each = sizeof(float) * (long)largest * ((long)shape.Outputs + shape.Inputs);
        if (each * set.Folders.Count > bytes)
        {
            return new FolderFactors(set.Folders, module, (int)Math.Clamp(bytes / each, 1, set.Folders.Count), slots);
        }

        Parallel.For(0, set.Folders.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
            slots[i] = set.Folders[i].ReadFactors(module, slots[i]));
        return new MemoryFactors([.. slots.Select(factors => factors!)]);
    }

    // An energy target may need fewer directions than the folders have; splits by principal directions put them first.
    private static int PublishedRank(AggregationOptions options, int rank, List<(string Name, ModuleAggregation Result)> merged) =>
        options.KeptEnergy < 1 && options.Gauge != Gauge.Anchored ? Math.Min(rank, merged.Max(m => m.Result.Report.Rank)) : rank;

    private static LoraAdapter? DeltaOf(List<(string Name, ModuleAggregation Result)> merged, LoraSettings settings)
    {
        (string Name, LoraFactors Factors)[] deltas = [.. merged.Where(m => m.Result.BaseDelta is not null).Select(
            m => (m.Name, m.Result.BaseDelta!))];
        if (deltas.Length == 0)
        {
            return null;
        }

        int rank = deltas.Max(d => d.Factors.Rank);
        return new LoraAdapter(
            WithRank(settings with { ModulesToSave = [], TargetModules = [.. deltas.Select(d => d.Name)] }, rank),
            deltas.Select(d => KeyValuePair.Create(d.Name, Padding.ToRank(d.Factors, rank))));
    }
}
