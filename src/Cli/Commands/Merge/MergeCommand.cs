using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Merging;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Merge;

/// <summary><c>edgeflora merge</c>: a base model with an adapter's changes in its weights.</summary>
internal sealed class MergeCommand : Command
{
    private static readonly Dictionary<string, TensorType?> Types = new(StringComparer.Ordinal)
    {
        ["base"] = null,
        ["fp32"] = TensorType.F32,
        ["fp16"] = TensorType.F16,
        ["bf16"] = TensorType.BF16,
    };

    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> adapter = new("--adapter")
    {
        Description = "Folder of the adapter in PEFT layout",
        HelpName = "DIR",
        Required = true,
    };
    private readonly Option<string> baseDelta = BaseDeltaOption.Create();
    private readonly Option<string> output = new("--out")
    {
        Description = "Folder for the merged model in Hugging Face layout",
        HelpName = "DIR",
        Required = true,
    };
    private readonly Option<string> type = Ranged.Choice("--dtype", "Type of the merged weights; base leaves each as it is", [.. Types.Keys], "base");
    private readonly Option<int> threads = Ranged.Number(
        "--threads", "Threads; the result is the same for any number", "threads", 1, 1024, Environment.ProcessorCount);

    public MergeCommand()
        : base("merge", "Write a model folder that needs no adapter any more: the base with the adapter in its weights.")
    {
        foreach (Option option in new Option[] { model, adapter, baseDelta, output, type, threads })
        {
            Options.Add(option);
        }

        SetAction((parsed, stop) => Task.Run(() => Run(parsed, stop), CancellationToken.None));
    }

    private int Run(ParseResult parsed, CancellationToken stop)
    {
        string folder = parsed.GetRequiredValue(adapter);
        string target = parsed.GetRequiredValue(output);
        if (!Directory.Exists(folder))
        {
            throw new InputException($"--adapter is '{folder}', which is no folder; give one with adapter_config.json and adapter_model.safetensors");
        }

        string basis = ModelOption.Check(parsed.GetRequiredValue(model));
        RequireNoInput(target, basis, folder);
        LoraAdapter merged = PeftFolder.Read(folder);
        MergeSummary summary = Merge(
            folder,
            new ModelMergeRequest
            {
                ModelFolder = basis,
                Adapter = merged,
                AdapterFolder = folder,
                BaseDelta = BaseDeltaOption.Read(merged, folder, parsed.GetValue(baseDelta)),
                TaskType = PeftConfig.Read(folder).TaskType,
                Labels = PeftFolder.ReadLabels(folder),
                Output = target,
                Precision = Types[parsed.GetRequiredValue(type)],
                Threads = parsed.GetValue(threads),
            },
            stop);
        ModelOption.Print(basis, parsed.InvocationConfiguration.Error);
        TextWriter lines = parsed.InvocationConfiguration.Output;
        lines.WriteLine(
            $"{merged.Settings.Variant.ToString().ToLowerInvariant()} merged into {summary.Merged} weights, "
                + $"{summary.Saved} tensors taken from the adapter, {summary.Kept} kept");
        foreach (string note in Notes(summary, AdapterOrigin.Note(folder, basis)))
        {
            lines.WriteLine(SafeText.OneLine($"note: {note}"));
        }

        lines.WriteLine($"  {target}");
        return ExitCode.Done;
    }

    /// <summary>A merged model in the place of its base would leave no base.</summary>
    private static void RequireNoInput(string target, params IEnumerable<string> inputs)
    {
        if (inputs.FirstOrDefault(input => Real(input) == Real(target)) is { } input)
        {
            throw new InputException($"--out is '{target}', which would replace {input}; it must be a folder that is not read");
        }

        static string Real(string folder)
        {
            var named = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            return named.Exists && named.ResolveLinkTarget(returnFinalTarget: true) is { } meant ? meant.FullName : named.FullName;
        }
    }

    private static IEnumerable<string> Notes(MergeSummary summary, string origin)
    {
        if (origin.Length > 0)
        {
            yield return origin.Trim();
        }

        if (summary.OutputApart)
        {
            yield return "the output layer, which was the word embeddings, has weights of its own now (tie_word_embeddings is false), "
                + "as the adapter changes one of the two only";
        }

        if (summary.Vocabulary is { } words)
        {
            yield return $"the vocabulary has {words} words now; "
                + $"the tokenizer is that "
                + (summary.TokenizerOfAdapter ? "beside the adapter" : "of the base, for there is none beside the adapter");
        }

        if (summary.LacksPooler)
        {
            yield return "the base has no pooler, so that the mean of all tokens is classified; Transformers would make up a pooler at random and "
                + "give other answers";
        }
    }

    private static MergeSummary Merge(string adapter, ModelMergeRequest request, CancellationToken stop)
    {
        try
        {
            return ModelMerge.Write(request, stop);
        }
        catch (AdapterFormatException misfit)
        {
            throw new InputException(misfit.Message + AdapterOrigin.Note(adapter, request.ModelFolder), misfit);
        }
    }
}
