namespace EdgeFlora.Learning.Models;

/// <summary>A weight tensor of a model by its published name. Compared by reference: a model has one object for each of its tensors.</summary>
public sealed class Parameter
{
    /// <param name="shape">One dimension (a vector) or two (rows × columns), each ≥ 1.</param>
    /// <exception cref="OverflowException">More values than an array holds.</exception>
    public Parameter(string name, params int[] shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Length is not (1 or 2) || shape.Any(dimension => dimension < 1))
        {
            throw new ArgumentException(
                $"{name} [{string.Join('×', shape)}]: a parameter has one or two dimensions, each at least 1.", nameof(shape));
        }

        Name = name;
        Shape = shape;
        long length = (long)shape[0] * (shape.Length == 2 ? shape[1] : 1);
        Length = length <= Array.MaxLength
            ? (int)length
            : throw new OverflowException($"{name} [{string.Join('×', shape)}] has {length} values; at most {Array.MaxLength} fit one tensor.");
    }

    /// <summary>A parameter that no file holds: it follows from another.</summary>
    internal Parameter(string name, ParameterFormula formula, params int[] shape)
        : this(name, shape)
    {
        Formula = formula;
    }

    public string Name { get; }

    public IReadOnlyList<int> Shape { get; }

    /// <summary>Whether files hold the transpose [columns × rows], as those of GPT-2's Conv1D layers do.</summary>
    public bool StoredTransposed { get; init; }

    /// <summary>What its values follow from; null if they are read from the checkpoint under its name.</summary>
    public ParameterFormula? Formula { get; }

    /// <summary>Number of values.</summary>
    public int Length { get; }

    /// <summary>1 for a vector.</summary>
    public int Rows => Shape.Count == 2 ? Shape[0] : 1;

    public int Columns => Shape[^1];

    /// <summary>Name and shape, as error messages show them.</summary>
    public override string ToString() => $"{Name} [{string.Join('×', Shape)}]";
}
