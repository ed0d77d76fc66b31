using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>A model with what was tuned of it: an adapter, or a head of its own, or nothing.</summary>
/// <param name="Model">The base, with the delta that the adapter needs.</param>
/// <param name="Adapter">On no layer if there is none.</param>
/// <param name="Labels">Names of the classes, if adapter or model hold them.</param>
/// <param name="Classes">Rows of the model's own head; null if the head is the adapter's, or there is none.</param>
/// <param name="Holder">What should hold the names: an option and its value.</param>
internal sealed record Tuned(BaseModel Model, LoraAdapter Adapter, IReadOnlyList<string>? Labels, int? Classes, string Holder)
{
    /// <summary>PEFT's names of tasks whose heads have the shape of a classifier's and mean something else.</summary>
    private static readonly string[] PartsOfTexts = ["TOKEN_CLS", "QUESTION_ANS"];

    /// <param name="model">Folder of the model.</param>
    /// <param name="adapter">Folder of the adapter; null for the model alone.</param>
    /// <param name="baseDelta">Value of --base-delta, or null.</param>
    /// <param name="classifies">Whether the task takes a head.</param>
    /// <exception cref="InputException">There is no such adapter, or a task that takes a head has none.</exception>
    public static Tuned Load(string model, WeightStorage storage, string? adapter, string? baseDelta, bool classifies)
    {
        string folder = ModelOption.Check(model);
        return adapter is null
            ? Alone(BaseModel.Load(folder, storage), baseDelta, classifies)
            : Adapted(folder, storage, adapter, baseDelta, classifies);
    }

    /// <inheritdoc cref="BaseModel.WithSpecialTokens"/>
    public Tuned WithSpecialTokens(bool match) => this with { Model = Model.WithSpecialTokens(match) };

    /// <summary>The names given, or those known.</summary>
    /// <exception cref="InputException">There are none, not as many as the model's own head has rows, or those known in another order.</exception>
    public IReadOnlyList<string> Names(IReadOnlyList<string>? given)
    {
        if (given is not null)
        {
            LabelOrder.Require(given, Labels, Holder);
        }

        IReadOnlyList<string> names = given ?? Labels ?? throw new InputException(
            $"{Holder}, which does not hold the names of its labels; give them with --labels");
        return Classes is { } rows && rows != names.Count
            ? throw new InputException($"--labels names {names.Count} classes, but the head of the model has {rows} rows; name each in their order")
            : names;
    }

    private static Tuned Alone(BaseModel model, string? baseDelta, bool classifies)
    {
        if (baseDelta is not null)
        {
            throw new InputException($"--base-delta is '{baseDelta}', but --adapter is not given; leave the option out");
        }

        string holder = $"--model is '{model.Folder}'";
        if (!classifies)
        {
            return new Tuned(model, new LoraAdapter(new LoraSettings { Rank = 1, Alpha = 1, TargetModules = [] }, []), null, null, holder);
        }

        OwnHead head = OwnHead.Read(model) ?? throw new InputException(
            $"--adapter is not given, and {holder}, which has no head that classifies; give the folder of an adapter, "
                + $"or of a model that is a classifier");
        return new Tuned(model, head.Adapter, head.Labels, head.Classes, holder);
    }

    private static Tuned Adapted(string model, WeightStorage storage, string adapter, string? baseDelta, bool classifies)
    {
        if (!Directory.Exists(adapter))
        {
            throw new InputException(
                $"--adapter is '{adapter}', which is no folder; give one with adapter_config.json and adapter_model.safetensors");
        }

        LoraAdapter read = PeftFolder.Read(adapter);
        if (classifies && PeftConfig.Read(adapter).TaskType is { } task && PartsOfTexts.Contains(task))
        {
            throw new InputException(
                $"--adapter is '{adapter}', whose task_type is {task}: its head labels parts of a text; give one for whole texts, as of SEQ_CLS");
        }

        BaseModel plain = BaseModel.Load(model, storage, TiedOutput.IsApart(read));
        return new Tuned(
            BaseDeltaOption.Apply(plain, adapter, baseDelta),
            TiedOutput.Fit(read, plain),
            PeftFolder.ReadLabels(adapter),
            null,
            $"--adapter is '{adapter}'");
    }
}
