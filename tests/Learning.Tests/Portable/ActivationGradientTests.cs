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
    public void Relu_of_a_matrix_used_twice() => GradientCheck.Run(new Rectified(), classes: 11);

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
            return ops.Add(x, function.Of(ops, x));
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
            return ops.Add(ops.Relu(ops.Scale(x, -1)), ops.Relu(x));
        }
    }
}
