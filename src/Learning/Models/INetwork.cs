namespace EdgeFlora.Learning.Models;

/// <summary>The forward pass of one model family, written once over <see cref="IOperations{T}"/> and run by every engine. Immutable.</summary>
public interface INetwork
{
    /// <summary>Tensors and linear layers under the names that the family publishes.</summary>
    ModelLayout Layout { get; }

    /// <summary>Token ids are 0 … this − 1.</summary>
    int VocabularySize { get; }

    /// <summary>Columns of what <see cref="Encode"/> returns.</summary>
    int HiddenSize { get; }

    /// <summary>Longest sequence, special tokens included.</summary>
    int MaxTokens { get; }

    /// <summary>Whether the model can tell the two texts of a pair apart.</summary>
    bool TakesPairs { get; }

    /// <summary>One vector per token: [tokens × hidden].</summary>
    T Encode<T>(IOperations<T> ops, TokenBatch batch);

    /// <summary>The head that the family classifies sequences with.</summary>
    /// <param name="labels">Number of classes; ≥ 1.</param>
    IClassificationHead Head(int labels);
}
