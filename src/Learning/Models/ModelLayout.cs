namespace EdgeFlora.Learning.Models;

/// <summary>All tensors and linear layers of a model, in the order in which they were declared.</summary>
public sealed class ModelLayout
{
    private readonly List<Parameter> parameters = [];
    private readonly List<LinearLayer> linears = [];

    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Layers that an adapter may name.</summary>
    public IReadOnlyList<LinearLayer> Linears => linears;

    public Parameter Declare(string name, params int[] shape)
    {
        var parameter = new Parameter(name, shape);
        parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Declares <c>name.weight</c> [outputs × inputs] and, where there is one, <c>name.bias</c> [outputs].</summary>
    /// <param name="transposed">Whether files hold the weight as [inputs × outputs], as GPT-2's Conv1D.</param>
    public LinearLayer Linear(string name, int inputs, int outputs, bool bias = true, bool transposed = false)
    {
        var weight = new Parameter($"{name}.weight", outputs, inputs) { StoredTransposed = transposed };
        parameters.Add(weight);
        var layer = new LinearLayer(name, weight, bias ? Declare($"{name}.bias", outputs) : null);
        linears.Add(layer);
        return layer;
    }
}
