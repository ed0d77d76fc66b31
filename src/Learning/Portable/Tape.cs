using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable.Operations;

namespace EdgeFlora.Learning.Portable;

/// <summary>Runs a model's operations on the processor and remembers them, to walk them backwards. One thread at a time.</summary>
/// <remarks>
/// Models repeat the same operations from step to step, so the objects of the last recording are used again by their place: nothing is allocated once
/// the shapes have been seen.
/// </remarks>
/// <param name="recomputes">Whether only the outputs of blocks are kept until backward, which computes what lies inside them once more.</param>
internal sealed class Tape(Weights weights, int gradientLength, bool recomputes = false) : IOperations<Activation>
{
    private readonly List<ITapeOperation> outer = [];
    private readonly float[] gradient = new float[gradientLength];

    // What is recorded inside a block that is computed twice; blocks are alike, so one list serves all of them.
    private readonly List<ITapeOperation> inner = [];

    // Outputs of blocks whose inside was forgotten, in turn: one is read while the next is written.
    private readonly Activation[] kept = [new(), new()];
    private int keptLast;
    private ArenaMark keptAt;

    private List<ITapeOperation> operations = [];
    private int recorded;
    private int attentions;

    public Arena Arena { get; } = new();

    public Weights Weights { get; } = weights;

    /// <summary>Whether gradients will be asked for; if not, nothing is kept for them.</summary>
    public bool Training { get; private set; }

    /// <summary>Gradients of all trained weights since the last <see cref="Start"/>, laid out as in <see cref="TrainedWeights"/>.</summary>
    public Span<float> Gradient => gradient;

    /// <summary>
    /// Earlier keys and values of the sequences of the next forward pass, one for each; null to compute whole sequences. Inference only.
    /// </summary>
    public IReadOnlyList<KeyValueCache>? Caches { get; private set; }

    /// <summary>Forgets the last recording and clears the gradients.</summary>
    /// <param name="caches">Earlier keys and values of the sequences that follow, which are extended; null to compute whole sequences.</param>
    public void Start(bool training, IReadOnlyList<KeyValueCache>? caches = null)
    {
        Training = training;
        Caches = caches;
        attentions = 0;
        operations = outer;
        recorded = 0;
        Arena.Reset();
        if (training)
        {
            gradient.AsSpan().Clear();
        }
    }

    public Activation Embedding(Parameter table, ReadOnlyMemory<int> indices) => Next<EmbeddingOperation>().Forward(this, table, indices);

    public Activation Linear(Activation input, LinearLayer layer)
    {
        AdapterVariant? variant = Weights.AdapterOf(layer)?.Variant;
        if (variant == AdapterVariant.Hira)
        {
            return Next<HadamardLinearOperation>().Forward(this, input, layer);
        }

        Activation product = Next<LinearOperation>().Forward(this, input, layer);
        return variant == AdapterVariant.Dora ? Next<MagnitudeOperation>().Forward(this, product, layer) : product;
    }

    public Activation LayerNorm(Activation input, NormLayer layer) => Next<LayerNormOperation>().Forward(this, input, layer);

    public Activation Attention(Activation query, Activation key, Activation value, AttentionShape shape, ReadOnlyMemory<int> starts) =>
        Caches is null
            ? Next<AttentionOperation>().Forward(this, query, key, value, shape, starts)
            : Next<CachedAttentionOperation>().Forward(this, attentions++, Caches, query, key, value, shape, starts);

    public Activation Gelu(Activation input) => Next<ActivationOperation<Gelu>>().Forward(this, input);

    public Activation Tanh(Activation input) => Next<TanhOperation>().Forward(this, input);

    public Activation Add(Activation left, Activation right) => Next<AddOperation>().Forward(this, left, right);

    public Activation MeanPool(Activation input, ReadOnlyMemory<int> starts) => Next<MeanPoolOperation>().Forward(this, input, starts);

    public Activation SelectRows(Activation input, ReadOnlyMemory<int> rows) => Next<SelectRowsOperation>().Forward(this, input, rows);

    public Activation Relu(Activation input) => Next<ActivationOperation<Relu>>().Forward(this, input);

    public Activation Scale(Activation input, float factor) => Next<ScaleOperation>().Forward(this, input, factor);

    public Activation Columns(Activation input, int from, int count) => Next<ColumnsOperation>().Forward(this, input, from, count);

    public Activation RmsNorm(Activation input, RmsNormLayer layer) => Next<RmsNormOperation>().Forward(this, input, layer);

    public Activation Rotary(Activation input, int heads, RotaryTable table, ReadOnlyMemory<int> positions) =>
        Next<RotaryOperation>().Forward(this, input, heads, table, positions);

    public Activation Silu(Activation input) => Next<ActivationOperation<Silu>>().Forward(this, input);

    public Activation GeluTanh(Activation input) => Next<ActivationOperation<GeluTanh>>().Forward(this, input);

    public Activation Multiply(Activation left, Activation right) => Next<MultiplyOperation>().Forward(this, left, right);

    /// <inheritdoc/>
    /// <remarks>
    /// What lies inside is kept until backward, unless nothing in it is trained or this tape computes it once more. Then its memory is free for the
    /// next block as soon as the output is there.
    /// </remarks>
    public Activation Block<TState>(TState state, Func<IOperations<Activation>, TState, Activation> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArenaMark mark = Arena.Mark();
        Activation output = body(this, state);
        return output.NeedsGradient ? output : Forget(output, null, mark);
    }

    /// <inheritdoc cref="Block{TState}(TState, Func{IOperations{Activation}, TState, Activation})"/>
    public Activation Block<TState>(Activation input, TState state, Func<IOperations<Activation>, Activation, TState, Activation> body)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(body);
        (int before, ArenaMark mark) = (recorded, Arena.Mark());
        if (!Training || !recomputes || operations == inner)
        {
            Activation output = body(this, input, state);
            return output.NeedsGradient ? output : Forget(output, input, mark);
        }

        Activation inside = Inside(input, state, body);
        (operations, recorded) = (outer, before);
        return inside.NeedsGradient
            ? Next<RecomputedBlock<TState>>().Forward(this, mark, inside, input, state, body)
            : Forget(inside, input, mark);
    }

    /// <summary>Records a block apart from all else, as it is when it is computed.</summary>
    public Activation Inside<TState>(Activation input, TState state, Func<IOperations<Activation>, Activation, TState, Activation> body)
    {
        (operations, recorded) = (inner, 0);
        return body(this, input, state);
    }

    /// <summary>Walks the block recorded last backwards, and goes on with what lies outside it.</summary>
    public void BackwardInside()
    {
        BackwardTo(0);
        (operations, recorded) = (outer, 0);
    }

    /// <summary>Sum over the rows of weight · cross-entropy in nats between softmax(logits) and the labels.</summary>
    /// <param name="logits">[rows × classes]. Nothing else may use them, for their gradient is set and not added to.</param>
    /// <param name="labels">Class of each row.</param>
    /// <param name="weight">Weight of each row, e.g. one over the size of the batch.</param>
    public double CrossEntropy(Activation logits, ReadOnlyMemory<int> labels, float weight) =>
        Next<CrossEntropyOperation>().Forward(this, logits, labels, weight);

    /// <summary>Walks from the loss, which is the last operation, to the lowest that something trained depends on.</summary>
    public void Backward() => BackwardTo(0);

    /// <summary>
    /// Computes a loss by parts that would together take too much memory: <paramref name="part"/> is recorded, walked backwards and forgotten for one
    /// stretch of
    /// <paramref name="rows"/> after the other. What the parts read stays, and its gradient is summed.
    /// </summary>
    /// <param name="read">The activation that the parts read.</param>
    /// <param name="rows">Number of rows to divide.</param>
    /// <param name="rowsPerPart">Most rows of one part.</param>
    /// <param name="state">What <paramref name="part"/> needs; passed on, so that the function captures and allocates nothing.</param>
    /// <param name="part">Records the loss of some rows and returns it.</param>
    public double InParts<TState>(Activation read, int rows, int rowsPerPart, TState state, Func<TState, Range, double> part)
    {
        if (Training && read.NeedsGradient)
        {
            // Taken before the parts' memory, which is given back while this stays.
            read.GradientToAddTo();
        }

        double loss = 0;
        int before = recorded;
        ArenaMark mark = Arena.Mark();
        for (int first = 0; first < rows; first += rowsPerPart)
        {
            loss += part(state, first..Math.Min(first + rowsPerPart, rows));
            if (Training)
            {
                BackwardTo(before);
            }

            recorded = before;
            Arena.Rewind(mark);
        }

        return loss;
    }

    /// <summary>The part of <see cref="Gradient"/> that belongs to a trained weight.</summary>
    public Span<float> GradientOf(WeightBinding weight) => gradient.AsSpan(weight.GradientOffset, weight.Value.Length);

    /// <summary>
    /// Keeps the output of a block, and nothing else of it: moves it down to where the block's memory began, or to the place of the block's input
    /// where
    /// that was kept the same way and is no longer needed.
    /// </summary>
    private Activation Forget(Activation output, Activation? input, ArenaMark mark)
    {
        // Its operations keep their places, for the next recording has the same ones there; backward passes them over.
        if (input is null || input != kept[keptLast])
        {
            keptAt = mark;
        }

        keptLast = 1 - keptLast;
        kept[keptLast].MoveTo(Arena, keptAt, output);
        return kept[keptLast];
    }

    private void BackwardTo(int first)
    {
        List<ITapeOperation> walked = operations;
        for (int i = recorded - 1; i >= first; i--)
        {
            ITapeOperation operation = walked[i];
            if (operation.Output.NeedsGradient)
            {
                operation.Backward(this);
                operation.Output.ReleaseGradient();
            }
        }
    }

    private TOperation Next<TOperation>()
        where TOperation : class, ITapeOperation, new()
    {
        int place = recorded++;
        if (place == operations.Count)
        {
            operations.Add(new TOperation());
        }
        else if (operations[place] is not TOperation)
        {
            operations[place] = new TOperation();
        }

        return (TOperation)operations[place];
    }
}
