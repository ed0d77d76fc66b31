namespace EdgeFlora.Learning.Models;

/// <summary>The operations that models are written over; an engine supplies them with their gradients.</summary>
/// <typeparam name="T">The engine's handle on a matrix [rows × columns]; rows are tokens, or sequences after pooling.</typeparam>
public interface IOperations<T>
{
    /// <summary>Rows of <paramref name="table"/> by index: [indices × columns].</summary>
    T Embedding(Parameter table, ReadOnlyMemory<int> indices);

    /// <summary>x·Wᵀ + b, plus whatever an adapter adds to this layer.</summary>
    T Linear(T input, LinearLayer layer);

    T LayerNorm(T input, NormLayer layer);

    /// <summary>softmax(q·kᵀ/√width)·v within each sequence and head; query, key and value are [tokens × heads·width].</summary>
    /// <param name="starts">First token of each sequence and the number of tokens: [sequences + 1].</param>
    T Attention(T query, T key, T value, int heads, ReadOnlyMemory<int> starts);

    /// <summary>x·Φ(x) with the error function, not its tanh approximation (arXiv 1606.08415).</summary>
    T Gelu(T input);

    T Tanh(T input);

    /// <summary>Sum of two matrices of one shape.</summary>
    T Add(T left, T right);

    /// <summary>Mean over the tokens of each sequence: [sequences × columns].</summary>
    T MeanPool(T input, ReadOnlyMemory<int> starts);

    /// <summary>The named rows, each at most once: [rows × columns].</summary>
    T SelectRows(T input, ReadOnlyMemory<int> rows);

    /// <summary>max(x, 0); the derivative at 0 is taken as 0.</summary>
    T Relu(T input);

    /// <summary>Every value times <paramref name="factor"/>.</summary>
    T Scale(T input, float factor);

    /// <summary>The columns from … from + count − 1 of every row: [rows × count]. For layers whose weights hold several side by side.</summary>
    T Columns(T input, int from, int count);
}
