using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;

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
    public void Rms_norm() => GradientCheck.Run(new RootMeanSquare(), classes: 19);

    [Fact]
    public void Multiply_of_two_matrices_one_of_them_used_twice() => GradientCheck.Run(new Product(), classes: 5);

    [Fact]
    public void Scale_of_a_matrix_used_twice() => GradientCheck.Run(new Scaled(), classes: 5);

    [Fact]
    public void Columns_that_overlap() => GradientCheck.Run(new Sliced(), classes: 4);

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(0, 0)]
    [InlineData(7, 5)]
    public void Columns_outside_the_matrix_are_refused(int from, int count)
    {
        var layout = new ModelLayout();
        Parameter table = layout.Declare("table", 9, 11);
        var weights = new Weights();
        weights.Freeze(table, new float[99]);
        var tape = new Tape(weights, 0);
        tape.Start(training: false);
        Activation matrix = GradientCheck.Input(tape, table);

        void Cut() => tape.Columns(matrix, from, count);

        Assert.Contains("[9×11]", Assert.Throws<ArgumentOutOfRangeException>(Cut).Message, StringComparison.Ordinal);
    }

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

        public T Forward<T>(IOperations<T> ops) => ops.Linear(ops.Linear(GradientCheck.Input(ops, table), first), second);
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

        public T Forward<T>(IOperations<T> ops) => ops.LayerNorm(GradientCheck.Input(ops, table), norm);
    }

    private sealed class RootMeanSquare : IGraph
    {
        private readonly Parameter table;
        private readonly RmsNormLayer norm;

        public RootMeanSquare()
        {
            table = Layout.Declare("table", 9, 19);
            norm = new RmsNormLayer(Layout, "norm", 19, 1e-5f);
        }

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = GradientCheck.Input(ops, table);
            return ops.RmsNorm(ops.Add(x, ops.RmsNorm(x, norm)), norm);
        }
    }

    private sealed class Product : IGraph
    {
        private readonly Parameter left;
        private readonly Parameter right;

        public Product()
        {
            left = Layout.Declare("left", 9, 5);
            right = Layout.Declare("right", 9, 5);
        }

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = GradientCheck.Input(ops, left);
            return ops.Multiply(ops.Multiply(x, x), GradientCheck.Input(ops, right));
        }
    }

    private sealed class Scaled : IGraph
    {
        private readonly Parameter table;

        public Scaled() => table = Layout.Declare("table", 9, 5);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = GradientCheck.Input(ops, table);
            return ops.Add(ops.Scale(x, 0.75f), ops.Scale(x, -3));
        }
    }

    private sealed class Sliced : IGraph
    {
        private readonly Parameter table;

        public Sliced() => table = Layout.Declare("table", 9, 11);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = GradientCheck.Input(ops, table);
            return ops.Add(ops.Add(ops.Columns(x, 0, 4), ops.Columns(x, 2, 4)), ops.Columns(x, 7, 4));
        }
    }

    private sealed class Residual : IGraph
    {
        private readonly Parameter table;

        public Residual() => table = Layout.Declare("table", 9, 5);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = GradientCheck.Input(ops, table);
            return ops.Add(ops.Add(x, ops.Tanh(x)), x);
        }
    }

    private sealed class Pool : IGraph
    {
        private readonly Parameter table;

        public Pool() => table = Layout.Declare("table", 9, 5);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => ops.MeanPool(GradientCheck.Input(ops, table), Starts);
    }

    private sealed class Selection : IGraph
    {
        private readonly Parameter table;

        public Selection() => table = Layout.Declare("table", 9, 5);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => ops.SelectRows(GradientCheck.Input(ops, table), new[] { 8, 2, 5 });
    }
}
