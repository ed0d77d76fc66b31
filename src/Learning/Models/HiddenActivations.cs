namespace EdgeFlora.Learning.Models;

/// <summary>How configurations call the activations, and the operation that each is.</summary>
internal static class HiddenActivations
{
    private static readonly (string Name, HiddenActivation Activation)[] Known =
    [
        ("gelu", HiddenActivation.Gelu),
        ("relu", HiddenActivation.Relu),
        ("gelu_new", HiddenActivation.GeluTanh),
        ("gelu_pytorch_tanh", HiddenActivation.GeluTanh),

        // The same functions, written in other ways.
        ("gelu_python", HiddenActivation.Gelu),
        ("gelu_fast", HiddenActivation.GeluTanh),
        ("gelu_accurate", HiddenActivation.GeluTanh),
        ("gelu_python_tanh", HiddenActivation.GeluTanh),
    ];

    /// <exception cref="InvalidDataException">The setting is missing or names none that is supported; the message lists those that are.</exception>
    public static HiddenActivation Read(ConfigFile file, string setting)
    {
        string name = file.Text(setting);
        foreach ((string known, HiddenActivation activation) in Known)
        {
            if (known == name)
            {
                return activation;
            }
        }

        throw file.Refuse($"{setting} is \"{name}\"; supported are {string.Join(", ", Known.Select(k => k.Name))}");
    }

    /// <summary>The first of the names that it goes by.</summary>
    public static string Name(this HiddenActivation activation) => Known.First(known => known.Activation == activation).Name;

    public static T Apply<T>(this HiddenActivation activation, IOperations<T> ops, T input) => activation switch
    {
        HiddenActivation.Gelu => ops.Gelu(input),
        HiddenActivation.Relu => ops.Relu(input),
        HiddenActivation.GeluTanh => ops.GeluTanh(input),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "No such activation."),
    };
}
