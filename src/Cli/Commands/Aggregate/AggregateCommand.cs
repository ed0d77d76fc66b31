using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Streaming;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Aggregate;

/// <summary><c>edgeflora aggregate</c>: merges PEFT adapter folders of any producer into one.</summary>
internal sealed class AggregateCommand : Command
{
    private readonly MergingArguments merging = new(RobustRules.None);
    private readonly Option<string> weights = new("--weights")
    {
        Description = "Examples behind each folder, in their order; without it all count alike",
        HelpName = "N1,N2,…",
    };
    private readonly Option<int?> rank = new("--rank")
    {
        Description = "Rank of the result (1 … 1024); without it the largest of the folders",
        HelpName = "R",
    };
    private readonly Option<string> broadcast = new("--broadcast")
    {
        Description = "The adapter that all others started from, if there was one",
        HelpName = "DIR",
    };
    private readonly Option<int> memory = Ranged.Number("--memory", "Adapters' factors held at once", "MiB", 16, 65_536, 192);
    private readonly Option<bool> compare = new("--compare")
    {
        Description = "Report FLoRA-NA's error beside other strategies also above 1,024 adapters, where it takes minutes",
    };
    private readonly Option<bool> quick = new("--quick") { Description = "Leave FLoRA-NA's error out where it is not used" };
    private readonly Option<string> labels = new("--labels")
    {
        Description = "Names of the classes, in the order of the head's rows, for folders that hold none: separated by commas, "
            + "or a file with one a line",
        HelpName = "NAMES",
    };
    private readonly Option<bool> uniteLabels = new("--unite-labels")
    {
        Description = "Merge heads of different classes into one of all of them; each class is the mean of the heads that know it",
    };
    private readonly Option<bool> anyBase = new("--any-base-name")
    {
        Description = "Merge also adapters that call their base model differently, in more than its path",
    };
    private readonly ReadOutOption readOut = new();
    private readonly Option<string> output = new("--out") { Description = "Folder for the merged adapter", HelpName = "DIR", Required = true };
    private readonly Option<string> json = JsonFile.Option("errors and coefficients by module");
    private readonly Argument<string[]> folders = new("ADAPTER_DIR")
    {
        Description = "PEFT adapter folders (fp32, fp16 or bf16 safetensors)",
        Arity = ArgumentArity.OneOrMore,
    };

    public AggregateCommand()
        : base("aggregate", "Merge PEFT adapter folders into one, with its distance from the ideal update for every module.")
    {
        foreach (Option option in merging.All.Concat(
            [weights, rank, broadcast, memory, compare, quick, labels, uniteLabels, anyBase, readOut.Option, output, json]))
        {
            Options.Add(option);
        }

        Arguments.Add(folders);
        SetAction((parsed, stop) => Task.FromResult(Run(parsed, stop)));
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public MergeRequest Request(ParseResult parsed)
    {
        AggregationOptions options = merging.Read(parsed);
        if (options.KeptEnergy < 1 && parsed.GetValue(rank) is not null)
        {
            throw new InputException("--rank is given beside --energy, which finds the rank; leave one of them out");
        }

        if (parsed.GetValue(rank) is < 1 or > 1024)
        {
            throw new InputException($"--rank is {parsed.GetValue(rank)}; it must be 1 … 1024");
        }

        if (parsed.GetValue(compare) && parsed.GetValue(quick))
        {
            throw new InputException("--compare and --quick are both given; it must be at most one of them");
        }

        return new MergeRequest
        {
            Folders = parsed.GetRequiredValue(folders),
            Weights = Numbers(parsed.GetValue(weights)),
            Broadcast = parsed.GetValue(broadcast),
            Rank = parsed.GetValue(rank),
            Labels = parsed.GetValue(labels) is { } names ? LabelList.Parse(names) : null,
            UniteLabels = parsed.GetValue(uniteLabels),
            AnyBaseName = parsed.GetValue(anyBase),
            MemoryBytes = (long)parsed.GetRequiredValue(memory) << 20,
            Options = options with { CompareFloraNa = parsed.GetValue(compare) ? true : parsed.GetValue(quick) ? false : null },
        };
    }

    private int Run(ParseResult parsed, CancellationToken stop)
    {
        MergeRequest request = Request(parsed);
        IReadOnlyList<int> ranks = readOut.Ranks(parsed);
        string target = parsed.GetRequiredValue(output);
        string? file = JsonFile.Check(parsed.GetValue(json));
        RequireNoInput(target, ranks, request);
        long start = Stopwatch.GetTimestamp();
        try
        {
            PeftFolder.RequireReplaceable(target);
            MergeResult merged = AdapterMerge.Merge(request, stop);
            if (merged.BaseDelta is not null)
            {
                // Both folders or none.
                PeftFolder.RequireReplaceable(DeltaFolder(target));
            }

            ReadOutOption.RequireWritable(ranks, target, merged);
            string? common = CommonBase(request.Folders);
            PeftFolder.Write(target, merged.Global, merged.BaseModelName, merged.TaskType, labels: merged.Labels, baseDeltaSha256: common);
            ReadOutOption.Write(ranks, target, request, merged, common);
            if (merged.BaseDelta is { } delta)
            {
                PeftFolder.Write(DeltaFolder(target), delta, merged.BaseModelName, merged.TaskType);
            }

            AggregateReport report = AggregateReport.Of(request, merged, Stopwatch.GetElapsedTime(start).TotalSeconds);
            report.Print(parsed.InvocationConfiguration.Output, target, merged.BaseDelta is null ? null : DeltaFolder(target));
            foreach (int rank in ranks)
            {
                parsed.InvocationConfiguration.Output.WriteLine($"  {ReadOutOption.Folder(target, rank)}");
            }

            JsonFile.Write(file, report);
            return ExitCode.Done;
        }
        catch (ArgumentException refusal)
        {
            throw MergingArguments.Named(refusal);
        }
        catch (OtherBaseModelException refusal)
        {
            throw new InputException($"{refusal.Message} If it is the same model all the same, say {anyBase.Name}", refusal);
        }
        catch (OtherLabelsException refusal)
        {
            throw new InputException($"{refusal.Message} Ask for that with {uniteLabels.Name}", refusal);
        }
    }

    private static void RequireNoInput(string target, IReadOnlyList<int> ranks, MergeRequest request)
    {
        string[] written = [Full(target), Full(DeltaFolder(target)), .. ranks.Select(rank => Full(ReadOutOption.Folder(target, rank)))];
        if (request.Folders.Append(request.Broadcast).FirstOrDefault(folder => folder is not null && written.Contains(Full(folder))) is { } input)
        {
            throw new InputException($"--out is '{target}', which would replace {input}; it must be a folder that is not merged");
        }

        static string Full(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
    }

    /// <summary>The base delta that all adapters were trained on; null for the base model as it is.</summary>
    private static string? CommonBase(IReadOnlyList<string> folders)
    {
        string? first = PeftFolder.ReadBaseDeltaSha256(folders[0]);
        foreach (string folder in folders.Skip(1))
        {
            if (PeftFolder.ReadBaseDeltaSha256(folder) is var other && other != first)
            {
                throw new InputException($"{folder} was trained on {Base(other)}, {folders[0]} on {Base(first)}; adapters of one base can be merged");
            }
        }

        return first;

        static string Base(string? delta) => delta is null
            ? "the base model as it is"
            : $"the base with delta {delta[..Math.Min(12, delta.Length)]}…";
    }

    private static string DeltaFolder(string target) => Path.TrimEndingDirectorySeparator(target) + ".base-delta";

    private static IReadOnlyList<double> Numbers(string? text)
    {
        if (text is null)
        {
            return [];
        }

        return
        [
            .. text.Split(',').Select(part =>
                double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value >= 0
                ? value
                : throw new InputException($"--weights has '{part}'; it must be numbers of examples with commas between them, as 120,80,95")),
        ];
    }
}
