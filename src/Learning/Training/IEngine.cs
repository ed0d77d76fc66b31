using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>What runs forward and backward: <c>portable</c> (C# only) or <c>torch</c> (TorchSharp).</summary>
public interface IEngine
{
    /// <summary><c>portable</c> or <c>torch</c>.</summary>
    string Name { get; }

    /// <summary>The device it computes on, for people: <c>cpu (AVX-512, 2 threads)</c>.</summary>
    string Device { get; }

    /// <summary>Memory that training can have in all: of the device where it has its own, else of the machine or container. Bytes.</summary>
    long MemoryBytes { get; }

    /// <summary>
    /// Sets up training of <paramref name="adapter"/> (which is copied, not changed) on <paramref name="model"/>; the base weights stay frozen.
    /// </summary>
    /// <param name="labels">Names of the classes; the head has one row each.</param>
    /// <param name="training">Examples to draw batches from; may be empty if only evaluation follows.</param>
    /// <exception cref="ArgumentException">
    /// A module of the adapter is missing in the model or its shape differs; the message names it with both shapes.
    /// </exception>
    IFineTuning Start(BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan);

    /// <summary>
    /// Tokens whose activations are in memory at once when every example of <paramref name="plan"/> has its <see cref="TrainingPlan.MaxTokens"/>:
    /// what an engine's memory grows with.
    /// </summary>
    long TokensAtOnce(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return (long)plan.BatchSize * plan.MaxTokens;
    }

    /// <summary>
    /// Sets up training of <paramref name="adapter"/> (which is copied, not changed) as a language model; the base weights stay frozen.
    /// </summary>
    /// <param name="training">Texts to draw batches from; may be empty if only evaluation or generation follows.</param>
    /// <exception cref="ArgumentException">
    /// The model predicts no tokens, a module of the adapter is missing in it or differs in shape, or a text is longer than the model takes; the
    /// message names it.
    /// </exception>
    ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan);
}
