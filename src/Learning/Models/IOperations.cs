using EdgeFlora.Learning.Kernels;

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

    /// <summary>
    /// softmax(q·kᵀ/√width)·v within each sequence and head; query is [tokens × heads·width], key and value are [tokens × keyHeads·width].
    /// </summary>
    /// <param name="starts">First token of each sequence and the number of tokens: [sequences + 1].</param>
    T Attention(T query, T key, T value, AttentionShape shape, ReadOnlyMemory<int> starts);

    /// <summary>x·Φ(x) with the error function, not its tanh approximation (arXiv 1606.08415).</summary>
    /// <param name="input">Nothing else may read it: an engine may keep the derivative in its place.</param>
    T Gelu(T input);

    T Tanh(T input);

    /// <summary>Sum of two matrices of one shape.</summary>
    T Add(T left, T right);

    /// <summary>Mean over the tokens of each sequence: [sequences × columns].</summary>
    T MeanPool(T input, ReadOnlyMemory<int> starts);

    /// <summary>The named rows, each at most once: [rows × columns].</summary>
    T SelectRows(T input, ReadOnlyMemory<int> rows);

    /// <summary>max(x, 0); the derivative at 0 is taken as 0.</summary>
    /// <inheritdoc cref="Gelu"/>
    T Relu(T input);

    /// <summary>Every value times <paramref name="factor"/>.</summary>
    T Scale(T input, float factor);

    /// <summary>The columns from … from + count − 1 of every row: [rows × count]. For layers whose weights hold several side by side.</summary>
    T Columns(T input, int from, int count);

    /// <summary>gain ∘ x/√(mean(x²) + ε), row by row.</summary>
    T RmsNorm(T input, RmsNormLayer layer);

    /// <summary>Rotates the pairs of every head by the token's position (arXiv 2104.09864).</summary>
    /// <param name="input">[tokens × heads·width]; a head is twice as wide as the table has pairs.</param>
    /// <param name="positions">Place of each token in its sequence, from 0: [tokens].</param>
    T Rotary(T input, int heads, RotaryTable table, ReadOnlyMemory<int> positions);

    /// <summary>x·σ(x), also called swish (arXiv 1702.03118).</summary>
    /// <inheritdoc cref="Gelu"/>
    T Silu(T input);

    /// <summary>½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))): the approximation of GELU that GPT-2 was trained with (<c>gelu_new</c>).</summary>
    /// <inheritdoc cref="Gelu"/>
    T GeluTanh(T input);

    /// <summary>Product, value by value, of two matrices of one shape.</summary>
    T Multiply(T left, T right);

    /// <summary>
    /// A stretch of a network that begins with no activation, such as its embeddings. An engine may forget what lies inside once it has the output.
    /// </summary>
    /// <param name="state">What <paramref name="body"/> needs; passed on, so that the function captures and allocates nothing.</param>
    T Block<TState>(TState state, Func<IOperations<T>, TState, T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return body(this, state);
    }

    /// <summary>
    /// A stretch of a network, such as a layer, with one input and one output. An engine may forget what lies inside once it has the output, forget
    /// the input after that, and run <paramref name="body"/> again for the backward pass.
    /// </summary>
    /// <param name="input">Nothing but the body reads it.</param>
    /// <param name="state">What <paramref name="body"/> needs; passed on, so that the function captures and allocates nothing.</param>
    T Block<TState>(T input, TState state, Func<IOperations<T>, T, TState, T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return body(this, input, state);
    }
}
