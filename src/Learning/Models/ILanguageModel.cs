namespace EdgeFlora.Learning.Models;

/// <summary>A network whose tokens see earlier tokens only, with a score for every token that may come next.</summary>
public interface ILanguageModel : INetwork
{
    /// <summary>Whether the checkpoint has what scores are made of; one of a classifier has not.</summary>
    bool PredictsTokens { get; }

    /// <summary>Scores of every token of the vocabulary as the next one after the named rows: [rows × vocabulary].</summary>
    /// <param name="hidden">From <see cref="INetwork.Encode"/>: [tokens × hidden].</param>
    /// <param name="rows">Each at most once.</param>
    /// <exception cref="InvalidOperationException"><see cref="PredictsTokens"/> is false.</exception>
    T Logits<T>(IOperations<T> ops, T hidden, ReadOnlyMemory<int> rows);
}
