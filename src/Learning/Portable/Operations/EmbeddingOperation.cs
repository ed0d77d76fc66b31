using System.Numerics.Tensors;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable.Operations;

/// <summary>y[i] = table[index[i]].</summary>
internal sealed class EmbeddingOperation : ITapeOperation
{
    private Parameter? table;
    private ReadOnlyMemory<int> indices;

    public Activation Output { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">An index lies outside the table.</exception>
    public Activation Forward(Tape tape, Parameter from, ReadOnlyMemory<int> rows)
    {
        table = from;
        indices = rows;
        WeightBinding weight = tape.Weights[from];
        Output.Set(tape.Arena, rows.Length, from.Columns, tape.Training && weight.Trained);
        Span<float> target = Output.Value;
        int width = from.Columns;
        ReadOnlySpan<int> index = rows.Span;
        for (int i = 0; i < index.Length; i++)
        {
            if ((uint)index[i] >= (uint)from.Rows)
            {
                throw new ArgumentOutOfRangeException(nameof(rows), index[i], $"{from} has no row {index[i]}; rows are 0 … {from.Rows - 1}.");
            }

            weight.Read(index[i] * width, target.Slice(i * width, width));
        }

        return Output;
    }

    public void Backward(Tape tape)
    {
        int width = Output.Columns;
        Span<float> target = tape.GradientOf(tape.Weights[table!]);
        ReadOnlySpan<float> source = Output.Gradient;
        ReadOnlySpan<int> index = indices.Span;
        for (int i = 0; i < index.Length; i++)
        {
            Span<float> row = target.Slice(index[i] * width, width);
            TensorPrimitives.Add(row, source.Slice(i * width, width), row);
        }
    }
}
