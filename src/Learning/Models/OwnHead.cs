using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Learning.Models;

/// <summary>The classification head that a model folder holds itself: one that was fine-tuned as a whole, or merged from base and adapter.</summary>
/// <param name="Adapter">The head alone, as an adapter on no layer: its rank and scale count for nothing.</param>
/// <param name="Classes">Rows of the head.</param>
/// <param name="Labels">Names of the classes in the order of the rows; null if <c>config.json</c> does not name just these.</param>
public sealed record OwnHead(LoraAdapter Adapter, int Classes, IReadOnlyList<string>? Labels)
{
    /// <summary>Ends of the names of architectures whose heads have the shape of a classifier's and mean something else.</summary>
    private static readonly string[] PartsOfTexts = ["ForTokenClassification", "ForQuestionAnswering"];

    /// <returns>Null if the folder holds no head.</returns>
    /// <exception cref="InvalidDataException">
    /// The head is incomplete, of another shape than the family's, not finite, or for another task than to choose one of several classes.
    /// </exception>
    public static OwnHead? Read(BaseModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var config = ConfigFile.Open(Path.Combine(model.Folder, "config.json"));
        try
        {
            using SafetensorsSet file = BaseModelFamilies.Published(SafetensorsSet.Open(model.Folder), ModelFamilies.Type(config).Type);
            if (ClassifierOutput.Rows(file.Tensors.Select(tensor => KeyValuePair.Create(tensor.Key, tensor.Value.Shape))) is not { } classes)
            {
                return null;
            }

            RequireChoice(config, classes);
            IClassificationHead head = model.Network.Head(classes);
            var settings = new LoraSettings { Rank = 1, Alpha = 1, TargetModules = [], ModulesToSave = head.Modules };
            var adapter = new LoraAdapter(
                settings, [], head.Layout.Parameters.Select(parameter => KeyValuePair.Create(parameter.Name, Tensor(file, parameter, model.Folder))));
            return new OwnHead(adapter, classes, Names(config, classes));
        }
        catch (AdapterFormatException broken)
        {
            throw new InvalidDataException(broken.Message, broken);
        }
    }

    private static void RequireChoice(ConfigFile config, int classes)
    {
        if (config.Has("problem_type") && config.Text("problem_type") is var kind && kind != "single_label_classification")
        {
            throw config.Refuse($"problem_type is \"{kind}\"; supported is \"single_label_classification\"");
        }

        if (config.Texts("architectures")?.FirstOrDefault(name => PartsOfTexts.Any(end => name.EndsWith(end, StringComparison.Ordinal))) is { } other)
        {
            throw config.Refuse(
                $"architectures has \"{other}\", whose head labels parts of a text; supported are heads that choose a class for a text");
        }

        if (classes < 2)
        {
            throw config.Refuse("the model's head has one row, so that it gives a number; supported are heads that choose one of several classes");
        }
    }

    private static DenseTensor Tensor(SafetensorsSet file, Parameter parameter, string folder)
    {
        if (!file.Tensors.TryGetValue(parameter.Name, out TensorInfo? tensor) || !tensor.Shape.SequenceEqual(parameter.Shape))
        {
            throw new InvalidDataException(
                $"{folder}: the model's head takes tensor {parameter}, "
                + $"{(tensor is null ? "which is missing" : $"which is [{string.Join('×', tensor.Shape)}]")}; give a head in an adapter, or a "
                + "complete model.");
        }

        float[] values = file.ReadSingles(parameter.Name);
        return Array.TrueForAll(values, float.IsFinite)
            ? new DenseTensor([.. parameter.Shape], values)
            : throw new InvalidDataException($"{folder}: tensor {parameter.Name} holds numbers that are not finite; weights are finite numbers.");
    }

    /// <summary><c>id2label</c>, if it names each row once and differently; keys may come in any order.</summary>
    private static string[]? Names(ConfigFile config, int classes)
    {
        string?[] names = new string?[classes];
        foreach ((string row, string name) in config.Entries("id2label") ?? [])
        {
            if (!int.TryParse(row, NumberStyles.None, CultureInfo.InvariantCulture, out int at) || at >= classes || string.IsNullOrWhiteSpace(name))
            {
                return null;
            }

            names[at] = name;
        }

        string[] known = [.. names.OfType<string>().Distinct(StringComparer.Ordinal)];
        return known.Length == classes ? known : null;
    }
}
