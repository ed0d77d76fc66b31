using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.BaseModels;

/// <summary>
/// A base model's folder as far as it must be known to begin an adapter: its family, and names and shapes of its tensors. The weights stay on disk.
/// </summary>
public sealed class BaseModelFolder : IDisposable
{
    private readonly BaseModelConfig config;
    private readonly BaseModelFamily family;

    private BaseModelFolder(BaseModelConfig config, BaseModelFamily family, SafetensorsSet weights)
    {
        this.config = config;
        this.family = family;
        Weights = weights;
    }

    /// <summary>The tensors under the names that the family publishes, whatever the checkpoint calls them.</summary>
    public SafetensorsSet Weights { get; }

    /// <summary>The layers that LoRA is usually put on in this family, as PEFT's <c>target_modules</c>.</summary>
    public IReadOnlyList<string> UsualTargets => family.Targets;

    /// <summary>Whether the model can be tuned as a language model: it is a decoder whose checkpoint has the weights that score tokens.</summary>
    /// <exception cref="AdapterFormatException">The configuration says something impossible about them.</exception>
    public bool PredictsTokens =>
        family.Tied is { } usual && (config.Flag("tie_word_embeddings", usual) || Weights.Tensors.ContainsKey("lm_head.weight"));

    /// <exception cref="AdapterFormatException"><c>config.json</c> or the weights are missing, broken or of no family that is known.</exception>
    public static BaseModelFolder Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var config = BaseModelConfig.Read(Path.Combine(folder, "config.json"));
        BaseModelFamily family = BaseModelFamilies.Of(config);
        SafetensorsSet weights = SafetensorsSet.Open(folder);
        try
        {
            return new BaseModelFolder(config, family, BaseModelFamilies.Published(weights, config.Type));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The layers that targets mean, endings or patterns as <see cref="TargetModules.Expand"/> takes them, in ordinal order.</summary>
    /// <exception cref="AdapterFormatException">A target means no layer of the model; the message lists what its layers are called.</exception>
    public IReadOnlyList<ModuleShape> Layers(IReadOnlyList<string> targets) => TargetModules.Find(Weights, Expanded(targets), family.Layers);

    /// <summary>The head that the family classifies with.</summary>
    /// <param name="labels">Number of classes; ≥ 1.</param>
    /// <exception cref="AdapterFormatException">The configuration lacks the width of a token vector.</exception>
    public ClassifierHead Head(int labels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        return new ClassifierHead(family.Head, config.Width(family.Width), labels, config.InitializerRange);
    }

    /// <summary>The adapter that training begins with: it changes nothing in the model, and finds all labels equally likely.</summary>
    /// <param name="settings">Rank, scale, variant and targets, which may be patterns; its modules to save become those of the head.</param>
    /// <param name="labels">Number of classes; ≥ 1.</param>
    /// <exception cref="AdapterFormatException">A target means no layer of the model, or the configuration lacks a setting.</exception>
    public LoraAdapter FirstAdapter(LoraSettings settings, int labels, ulong seed)
    {
        ClassifierHead head = Head(labels);
        LoraAdapter adapter = First(settings with { ModulesToSave = head.Modules }, head.Tensors, seed);
        head.Initialize(adapter, seed);
        return adapter;
    }

    /// <summary>As <see cref="FirstAdapter(LoraSettings, int, ulong)"/> for a task without a head.</summary>
    /// <exception cref="AdapterFormatException">A target means no layer of the model.</exception>
    public LoraAdapter FirstAdapter(LoraSettings settings, ulong seed) => First(settings with { ModulesToSave = [] }, [], seed);

    public void Dispose() => Weights.Dispose();

    private IReadOnlyList<string> Expanded(IReadOnlyList<string> targets) => TargetModules.Expand(Weights, targets, family.Layers);

    private LoraAdapter First(LoraSettings settings, IReadOnlyList<TensorShape> head, ulong seed)
    {
        // What is kept and told to others has no patterns: PEFT's lists of target modules know none.
        settings = settings with { TargetModules = Expanded(settings.TargetModules) };
        IReadOnlyList<ModuleShape> modules = Layers(settings.TargetModules);
        List<TensorShape> saved = [.. head];
        if (settings.Variant == AdapterVariant.Dora)
        {
            saved.AddRange(modules.Select(module => new TensorShape(module.Name + ModuleNames.MagnitudeSuffix, [module.Outputs])));
        }

        return AdapterInitializer.Create(new AdapterShape(settings, modules, saved), seed, Weights);
    }
}
