using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class OperationGradientTests
{
    private static readonly int[] Starts = [0, 1, 6, 9];

    [Fact]
    public void Embedding_sums_the_gradients_of_a_row_used_twice() => GradientCheck.Run(new Repeated(), classes: 5);

    [Fact]
    public void Linear_with_all_weights_trained() => GradientCheck.Run(new Linear(), classes: 7);

    [Theory]
    [InlineData(AdapterVariant.Lora)]
    [InlineData(AdapterVariant.Dora)]
    [InlineData(AdapterVariant.Hira)]
    public void Linear_with_frozen_weights_and_an_adapter(AdapterVariant variant) =>
        GradientCheck.Run(new Linear(), classes: 7, adapted: ["first", "second"], variant: variant);

    [Fact]
    public void Layer_norm() => GradientCheck.Run(new Norm(), classes: 19);

    [Fact]
    public void Attention_within_sequences_of_different_lengths() => GradientCheck.Run(new Attention(), classes: 6);

    [Fact]
    public void Gelu() => GradientCheck.Run(new Elementwise(gelu: true), classes: 11);

    [Fact]
    public void Tanh() => GradientCheck.Run(new Elementwise(gelu: false), classes: 11);

    [Fact]
    public void Add_of_a_matrix_used_twice() => GradientCheck.Run(new Residual(), classes: 5);

    [Fact]
    public void Mean_pool() => GradientCheck.Run(new Pool(), classes: 5);

    [Fact]
    public void Selected_rows() => GradientCheck.Run(new Selection(), classes: 5);

    private sealed class Repeated : IGraph
    {
        private readonly Parameter table;

        public Repeated() => table = Layout.Declare("table", 4, 5);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => ops.Embedding(table, new[] { 3, 0, 3, 1, 2 });
    }

    private sealed class Linear : IGraph
    {
        private readonly Parameter table;
        private readonly LinearLayer first;
        private readonly LinearLayer second;

        public Linear()
        {
            table = Layout.Declare("table", 9, 13);
            first = Layout.Linear("first", 13, 18);
            second = Layout.Linear("second", 18, 7);
        }

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => ops.Linear(ops.Linear(Input(ops, table), first), second);
    }

    private sealed class Norm : IGraph
    {
        private readonly Parameter table;
        private readonly NormLayer norm;

        public Norm()
        {
            table = Layout.Declare("table", 9, 19);
            norm = new NormLayer(Layout, "norm", 19, 1e-5f);
        }

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => ops.LayerNorm(Input(ops, table), norm);
    }

    private sealed class Attention : IGraph
    {
        private readonly Parameter query;
        private readonly Parameter key;
        private readonly Parameter value;

        public Attention()
        {
            query = Layout.Declare("query", 9, 6);
            key = Layout.Declare("key", 9, 6);
            value = Layout.Declare("value", 9, 6);
        }

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => ops.Attention(Input(ops, query), Input(ops, key), Input(ops, value), heads: 2, Starts);
    }

    private sealed class Elementwise : IGraph
    {
        private readonly Parameter table;
        private readonly bool gelu;

        public Elementwise(bool gelu)
        {
            this.gelu = gelu;
            table = Layout.Declare("table", 9, 11);
        }

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => gelu ? ops.Gelu(Input(ops, table)) : ops.Tanh(Input(ops, table));
    }

    private sealed class Residual : IGraph
    {
        private readonly Parameter table;

        public Residual() => table = Layout.Declare("table", 9, 5);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = Input(ops, table);
            return ops.Add(ops.Add(x, ops.Gelu(x)), x);
        }
    }

    private sealed class Pool : IGraph
    {
        private readonly Parameter table;

        public Pool() => table = Layout.Declare("table", 9, 5);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => ops.MeanPool(Input(ops, table), Starts);
    }

    private sealed class Selection : IGraph
    {
        private readonly Parameter table;

        public Selection() => table = Layout.Declare("table", 9, 5);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => ops.SelectRows(Input(ops, table), new[] { 8, 2, 5 });
    }

    private static T Input<T>(IOperations<T> ops, Parameter table) => ops.Embedding(table, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8 });
}
