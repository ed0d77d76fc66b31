namespace EdgeFlora.Learning.Models;

/// <summary>All tensors and linear layers of a model, in the order in which they were declared.</summary>
public sealed class ModelLayout
{
    private readonly List<Parameter> parameters = [];
    private readonly List<LinearLayer> linears = [];

    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Layers that an adapter may name.</summary>
    public IReadOnlyList<LinearLayer> Linears => linears;

    public Parameter Declare(string name, params int[] shape) => Add(new Parameter(name, shape));

    /// <summary>Declares a parameter that no file holds, e.g. positions as sines.</summary>
    public Parameter Compute(string name, ParameterFormula formula, params int[] shape) => Add(new Parameter(name, formula, shape));

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

    private Parameter Add(Parameter parameter)
    {
        parameters.Add(parameter);
        return parameter;
    }
}
