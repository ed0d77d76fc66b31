using EdgeFlora.Adapters;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable.Shapes;

/// <summary>
/// Runs a model's operations on shapes alone and counts the memory that a <see cref="Tape"/> would take for them, forward and backward: the same
/// pieces in
/// the same order. Nothing is computed.
/// </summary>
/// <param name="recomputes">As of the tape.</param>
internal sealed class ShapeTape(TrainedShape trained, bool training, bool recomputes) : IOperations<ShapedActivation>
{
    private readonly ArenaMeter arena = new();
    private List<ShapedOperation> operations = [];
    private bool inside;
    private ShapedActivation? kept;
    private long keptAt;

    /// <summary>Most values that lay in the arena at once.</summary>
    public long Peak => arena.Peak;

    public ShapedActivation Embedding(Parameter table, ReadOnlyMemory<int> indices) =>
        Record(indices.Length, table.Columns, training && trained.IsTrained(table), []);

    public ShapedActivation Linear(ShapedActivation input, LinearLayer layer)
    {
        (int Rank, AdapterVariant Variant)? adapter = trained.AdapterOf(layer);
        if (adapter?.Variant == AdapterVariant.Hira)
        {
            return Hadamard(input, layer);
        }

        bool learns = adapter is not null || trained.IsTrained(layer.Weight) || (layer.Bias is { } bias && trained.IsTrained(bias));
        long inner = (long)input.Rows * (adapter?.Rank ?? 0);
        ShapedActivation product = Record(input.Rows, layer.Outputs, training && (learns || input.NeedsGradient), [input], inner, before: inner);
        if (adapter?.Variant != AdapterVariant.Dora)
        {
            return product;
        }

        ShapedActivation output = Unary(product, layer.Outputs);
        arena.Take(layer.Outputs);
        arena.Take(layer.Outputs);
        long images = arena.Take((long)adapter.Value.Rank * layer.Outputs);
        long gram = arena.Take((long)adapter.Value.Rank * adapter.Value.Rank);
        arena.Return(images, (long)adapter.Value.Rank * layer.Outputs);
        arena.Return(gram, (long)adapter.Value.Rank * adapter.Value.Rank);
        return output;
    }

    public ShapedActivation LayerNorm(ShapedActivation input, NormLayer layer) =>
        Record(
            input.Rows,
            input.Columns,
            training && (input.NeedsGradient || trained.IsTrained(layer.Gain) || trained.IsTrained(layer.Bias)),
            [input],
            2L * input.Rows);

    public ShapedActivation Attention(
        ShapedActivation query, ShapedActivation key, ShapedActivation value, AttentionShape shape, ReadOnlyMemory<int> starts)
    {
        bool needs = training && (query.NeedsGradient || key.NeedsGradient || value.NeedsGradient);
        int block = AttentionKernel.LargestBlock(shape, starts.Span, starts.Span);
        int probabilities = needs ? AttentionKernel.ProbabilityCount(shape, starts.Span) : 0;
        ShapedActivation output = Record(query.Rows, query.Columns, needs, [query, key, value], probabilities, before: block);
        if (!needs)
        {
            arena.Borrow(block);
        }

        return output;
    }

    public ShapedActivation Gelu(ShapedActivation input) => Unary(input, input.Columns);

    public ShapedActivation Tanh(ShapedActivation input) => Unary(input, input.Columns);

    public ShapedActivation Add(ShapedActivation left, ShapedActivation right) => Binary(left, right);

    public ShapedActivation MeanPool(ShapedActivation input, ReadOnlyMemory<int> starts) =>
        Record(starts.Length - 1, input.Columns, input.NeedsGradient, [input]);

    public ShapedActivation SelectRows(ShapedActivation input, ReadOnlyMemory<int> rows) =>
        Record(rows.Length, input.Columns, input.NeedsGradient, [input]);

    public ShapedActivation Relu(ShapedActivation input) => Unary(input, input.Columns);

    public ShapedActivation Scale(ShapedActivation input, float factor) => Unary(input, input.Columns);

    public ShapedActivation Columns(ShapedActivation input, int from, int count) => Unary(input, count);

    public ShapedActivation RmsNorm(ShapedActivation input, RmsNormLayer layer) =>
        Record(input.Rows, input.Columns, training && (input.NeedsGradient || trained.IsTrained(layer.Gain)), [input], input.Rows);

    public ShapedActivation Rotary(ShapedActivation input, int heads, RotaryTable table, ReadOnlyMemory<int> positions) =>
        Unary(input, input.Columns);

    public ShapedActivation Silu(ShapedActivation input) => Unary(input, input.Columns);

    public ShapedActivation GeluTanh(ShapedActivation input) => Unary(input, input.Columns);

    public ShapedActivation Multiply(ShapedActivation left, ShapedActivation right) => Binary(left, right);

    public ShapedActivation Block<TState>(TState state, Func<IOperations<ShapedActivation>, TState, ShapedActivation> body)
    {
        (int before, long mark) = (operations.Count, arena.Mark());
        ShapedActivation output = body(this, state);
        return output.NeedsGradient ? output : Forget(output, null, before, mark);
    }

    public ShapedActivation Block<TState>(
        ShapedActivation input, TState state, Func<IOperations<ShapedActivation>, ShapedActivation, TState, ShapedActivation> body)
    {
        (int before, long mark) = (operations.Count, arena.Mark());
        if (!training || !recomputes || inside)
        {
            ShapedActivation whole = body(this, input, state);
            return whole.NeedsGradient ? whole : Forget(whole, input, before, mark);
        }

        List<ShapedOperation> outside = operations;
        ShapedActivation computed = Inside(() => body(this, input, state));
        (operations, inside) = (outside, false);
        if (!computed.NeedsGradient)
        {
            return Forget(computed, input, before, mark);
        }

        arena.Rewind(mark);
        ShapedActivation output = Record(computed.Rows, computed.Columns, needs: true, [input]);
        operations[^1] = operations[^1] with { Again = () => Inside(() => body(this, input, state)) };
        return output;
    }

    /// <summary>As <see cref="Tape.CrossEntropy"/>.</summary>
    public void CrossEntropy(ShapedActivation logits) => Record(0, 0, logits.NeedsGradient, [logits], logits.Length);

    /// <summary>As <see cref="Tape.InParts"/>, of which the first part is the largest.</summary>
    public void InParts(ShapedActivation read, Action part)
    {
        if (training && read.NeedsGradient)
        {
            read.WriteGradient(arena);
        }

        (int before, long mark) = (operations.Count, arena.Mark());
        part();
        if (training)
        {
            Backward(before);
        }

        operations.RemoveRange(before, operations.Count - before);
        arena.Rewind(mark);
    }

    /// <summary>As <see cref="Tape.Backward"/>.</summary>
    public void Backward() => Backward(0);

    private ShapedActivation Hadamard(ShapedActivation input, LinearLayer layer)
    {
        long matrix = (long)layer.Outputs * layer.Inputs;
        ShapedActivation output = Record(input.Rows, layer.Outputs, training, [input]);
        Form();
        operations[^1] = operations[^1] with
        {
            Before = input.NeedsGradient ? matrix : 0,
            AfterForming = input.NeedsGradient ? layer.Inputs : 0,
            Last = () => Form(),
        };
        return output;

        void Form()
        {
            long adapted = arena.Take(matrix);
            arena.Borrow(layer.Inputs);
            arena.Return(adapted, matrix);
        }
    }

    private ShapedActivation Unary(ShapedActivation input, int columns) => Record(input.Rows, columns, input.NeedsGradient, [input]);

    private ShapedActivation Binary(ShapedActivation left, ShapedActivation right) =>
        Record(left.Rows, left.Columns, left.NeedsGradient || right.NeedsGradient, [left, right]);

    /// <param name="kept">Values that are kept beside the output until the tape starts anew.</param>
    /// <param name="before">Values that backward holds while it writes the gradients of the inputs.</param>
    private ShapedActivation Record(int rows, int columns, bool needs, ShapedActivation[] inputs, long kept = 0, long before = 0)
    {
        var output = new ShapedActivation(rows, columns, needs);
        arena.Take(output.Length);
        if (kept > 0)
        {
            arena.Take(kept);
        }

        operations.Add(new ShapedOperation(output, inputs) { Before = before });
        return output;
    }

    private ShapedActivation Inside(Func<ShapedActivation> body)
    {
        (operations, inside) = ([], true);
        return body();
    }

    private ShapedActivation Forget(ShapedActivation output, ShapedActivation? input, int before, long mark)
    {
        operations.RemoveRange(before, operations.Count - before);
        keptAt = input is not null && input == kept ? keptAt : mark;
        arena.Rewind(keptAt);
        kept = new ShapedActivation(output.Rows, output.Columns, needsGradient: false);
        arena.Take(kept.Length);
        return kept;
    }

    private void Backward(int first)
    {
        List<ShapedOperation> walked = operations;
        for (int i = walked.Count - 1; i >= first; i--)
        {
            ShapedOperation operation = walked[i];
            if (!operation.Output.NeedsGradient)
            {
                continue;
            }

            if (operation.Again is { } again)
            {
                BackwardInside(operation, again);
                (operations, inside) = (walked, false);
            }
            else
            {
                BackwardOf(operation);
            }

            operation.Output.ReleaseGradient(arena);
        }
    }

    private void BackwardOf(ShapedOperation operation)
    {
        long held = operation.Before > 0 ? arena.Take(operation.Before) : 0;
        if (operation.AfterForming > 0)
        {
            arena.Borrow(operation.AfterForming);
        }

        foreach (ShapedActivation input in operation.Inputs.Where(input => input.NeedsGradient))
        {
            input.WriteGradient(arena);
        }

        if (operation.Before > 0)
        {
            arena.Return(held, operation.Before);
        }

        operation.Last?.Invoke();
    }

    private void BackwardInside(ShapedOperation operation, Func<ShapedActivation> again)
    {
        ShapedActivation input = operation.Inputs[0];
        if (input.NeedsGradient)
        {
            input.ReserveGradient(arena);
        }

        long mark = arena.Mark();
        again().TakeGradientOf(operation.Output);
        Backward(0);
        arena.Rewind(mark);
    }

    /// <summary>What backward needs to know of an operation.</summary>
    private sealed record ShapedOperation(ShapedActivation Output, ShapedActivation[] Inputs)
    {
        /// <summary>Values taken before the gradients of the inputs are written, and given back after that.</summary>
        public long Before { get; init; }

        /// <summary>Values taken and given back while those of <see cref="Before"/> are there.</summary>
        public long AfterForming { get; init; }

        /// <summary>What is taken and given back when the gradients of the inputs are written.</summary>
        public Action? Last { get; init; }

        /// <summary>Records the inside of a block once more.</summary>
        public Func<ShapedActivation>? Again { get; init; }
    }
}
