using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class ActivationGradientTests
{
    [Fact]
    public void Gelu() => GradientCheck.Run(new Elementwise(new GeluOf()), classes: 11);

    [Fact]
    public void Gelu_by_tanh() => GradientCheck.Run(new Elementwise(new GeluTanhOf()), classes: 11);

    [Fact]
    public void Silu() => GradientCheck.Run(new Elementwise(new SiluOf()), classes: 11);

    [Fact]
    public void Tanh() => GradientCheck.Run(new Elementwise(new TanhOf()), classes: 11);

    [Fact]
    public void Relu_of_both_signs() => GradientCheck.Run(new Rectified(), classes: 11);

    [Fact]
    public void What_an_activation_function_has_used_up_cannot_be_read()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => GradientCheck.Run(new ReadTwice(), classes: 11));

        Assert.Contains("nothing else may read", failure.Message, StringComparison.Ordinal);
    }

    private interface IUnary
    {
        T Of<T>(IOperations<T> ops, T input);
    }

    private sealed class GeluOf : IUnary
    {
        public T Of<T>(IOperations<T> ops, T input) => ops.Gelu(input);
    }

    private sealed class GeluTanhOf : IUnary
    {
        public T Of<T>(IOperations<T> ops, T input) => ops.GeluTanh(input);
    }

    private sealed class SiluOf : IUnary
    {
        public T Of<T>(IOperations<T> ops, T input) => ops.Silu(input);
    }

    private sealed class TanhOf : IUnary
    {
        public T Of<T>(IOperations<T> ops, T input) => ops.Tanh(input);
    }

    private sealed class Elementwise : IGraph
    {
        private readonly Parameter table;
        private readonly IUnary function;

        public Elementwise(IUnary function)
        {
            this.function = function;
            table = Layout.Declare("table", 9, 11);
        }

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = GradientCheck.Input(ops, table);
            return ops.Add(x, function.Of(ops, ops.Scale(x, 0.75f)));
        }
    }

    private sealed class Rectified : IGraph
    {
        private readonly Parameter table;

        public Rectified() => table = Layout.Declare("table", 9, 11);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = GradientCheck.Input(ops, table);
            return ops.Add(ops.Relu(ops.Scale(x, -1)), ops.Relu(ops.Scale(x, 1)));
        }
    }

    private sealed class ReadTwice : IGraph
    {
        private readonly Parameter table;

        public ReadTwice() => table = Layout.Declare("table", 9, 11);

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = GradientCheck.Input(ops, table);
            return ops.Add(ops.Silu(x), x);
        }
    }
}
