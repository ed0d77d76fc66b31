using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Merging;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Merge;

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
    private readonly Option<string> adapter = new("--adapter") { Description = "Folder of the adapter in PEFT layout", HelpName = "DIR", Required = true };
    private readonly Option<string> baseDelta = BaseDeltaOption.Create();
    private readonly Option<string> output = new("--out") { Description = "Folder for the merged model in Hugging Face layout", HelpName = "DIR", Required = true };
    private readonly Option<string> type = Ranged.Choice("--dtype", "Type of the merged weights; base leaves each as it is", [.. Types.Keys], "base");
    private readonly Option<int> threads = Ranged.Number("--threads", "Threads; the result is the same for any number", "threads", 1, 1024, Environment.ProcessorCount);

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

        try
        {
            LoraAdapter merged = PeftFolder.Read(folder);
            MergeSummary summary = Merge(
                folder,
                new ModelMergeRequest
                {
                    ModelFolder = ModelOption.Check(parsed.GetRequiredValue(model)),
                    Adapter = merged,
                    BaseDelta = BaseDeltaOption.Read(merged, folder, parsed.GetValue(baseDelta)),
                    TaskType = PeftConfig.Read(folder).TaskType,
                    Labels = PeftFolder.ReadLabels(folder),
                    Output = target,
                    Precision = Types[parsed.GetRequiredValue(type)],
                    Threads = parsed.GetValue(threads),
                },
                stop);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"{merged.Settings.Variant.ToString().ToLowerInvariant()} merged into {summary.Merged} weights, {summary.Saved} tensors taken from the adapter, {summary.Kept} kept{Environment.NewLine}  {target}");
            return ExitCode.Done;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new InputException(refusal.Message, refusal);
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
