using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Merging;

/// <summary>What is merged into what.</summary>
public sealed record ModelMergeRequest
{
    /// <summary>Hugging Face folder of the base model.</summary>
    public required string ModelFolder { get; init; }

    public required LoraAdapter Adapter { get; init; }

    /// <summary>What the adapter's run folded into the weights of its modules, merged as well; null for nothing.</summary>
    public BaseDelta? BaseDelta { get; init; }

    /// <summary>One of <see cref="Peft.PeftConfig.TaskTypes"/>, if known: tells whether the merged model is a classifier.</summary>
    public string? TaskType { get; init; }

    /// <summary>Names of the classes in the order of the head's rows, for <c>config.json</c>; null if they are not known.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The adapter's folder, whose tokenizer is taken where the adapter's vocabulary is another than the base's; null for none.</summary>
    public string? AdapterFolder { get; init; }

    /// <summary>Folder to write.</summary>
    public required string Output { get; init; }

    /// <summary>F32, F16 or BF16 for all weights; null for each as it was.</summary>
    public TensorType? Precision { get; init; }

    /// <summary>Most threads to work at once; the bits are the same for any number.</summary>
    public int Threads { get; init; } = 1;
}
