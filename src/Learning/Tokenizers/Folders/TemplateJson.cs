using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.PostProcessing;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>post_processor</c> of <c>tokenizer.json</c>.</summary>
internal static class TemplateJson
{
    private const string Supported = "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence with one of them that adds tokens";
    private const int MaxItems = 64;

    /// <param name="json">The component; null adds no tokens.</param>
    /// <param name="vocabularySize">Ids must be below.</param>
    /// <exception cref="InvalidDataException">A setting is wrong or not supported; the message names it.</exception>
    public static Template Read(JsonComponent? json, int vocabularySize) =>
        json is { } component ? Adding(component, vocabularySize) ?? Template.Bare : Template.Bare;

    /// <summary>The template of a component; null if it adds no tokens.</summary>
    private static Template? Adding(JsonComponent component, int vocabularySize)
    {
        switch (component.Type)
        {
            case "Sequence":
                Template[] templates = [.. component.Child("processors").Items().Select(part => Adding(part, vocabularySize)).OfType<Template>()];
                return templates.Length <= 1
                    ? templates.FirstOrDefault()
                    : throw new InvalidDataException($"{component.Path} has {templates.Length} processors that add tokens; one is supported.");
            case "ByteLevel": // sets offsets, which nobody here asks for
                return null;
            case "BertProcessing":
                return Template.Bert(Id(component.Child("cls"), vocabularySize), Id(component.Child("sep"), vocabularySize));
            case "RobertaProcessing":
                return Template.Roberta(Id(component.Child("cls"), vocabularySize), Id(component.Child("sep"), vocabularySize));
            case "TemplateProcessing":
                Dictionary<string, int[]> specials = Specials(component.Find("special_tokens"), vocabularySize);
                var template = new Template(Items(component.Child("single"), specials, texts: 1), Items(component.Child("pair"), specials, texts: 2));
                return template;
            default:
                throw component.Unsupported(Supported);
        }
    }

    /// <summary>The id of <c>["[SEP]", 102]</c>.</summary>
    private static int Id(JsonComponent pair, int vocabularySize) => pair.Items().ToArray() is [_, var id]
        ? Checked(id, vocabularySize)
        : throw pair.Wrong("a token and its id");

    private static int Checked(JsonComponent id, int vocabularySize) =>
        id.AsCount() is var value && value < vocabularySize ? value : throw id.Wrong($"an id below {vocabularySize}, the size of the vocabulary");

    private static Dictionary<string, int[]> Specials(JsonComponent? json, int vocabularySize)
    {
        var specials = new Dictionary<string, int[]>(StringComparer.Ordinal);
        if (json is { Element.ValueKind: JsonValueKind.Object } tokens)
        {
            foreach (JsonProperty token in tokens.Element.EnumerateObject())
            {
                specials[token.Name] = [.. new JsonComponent(token.Value, $"{tokens.Path}.{token.Name}").Child("ids").Items().Take(MaxItems).Select(
                    id => Checked(id, vocabularySize))];
            }
        }

        return specials;
    }

    private static List<TemplateItem> Items(JsonComponent array, Dictionary<string, int[]> specials, int texts)
    {
        List<TemplateItem> items = [.. array.Items().Take(MaxItems).Select(item => Item(item, specials))];
        int[] found = [.. items.Select(item => item.Text).OfType<int>().Order()];
        return found.SequenceEqual(Enumerable.Range(0, texts))
            ? items
            : throw new InvalidDataException(
                $"{array.Path} should have {(texts == 1 ? "the sequence A" : "the sequences A and B")} once, and at most {MaxItems} items.");
    }

    private static TemplateItem Item(JsonComponent item, Dictionary<string, int[]> specials)
    {
        if (item.Find("Sequence") is { } sequence)
        {
            int text = sequence.Text("id") switch
            {
                "A" => 0,
                "B" => 1,
                _ => throw sequence.Child("id").Wrong("A or B"),
            };
            return new TemplateItem(text, [], TokenType(sequence));
        }

        JsonComponent special = item.Child("SpecialToken");
        return specials.TryGetValue(special.Text("id"), out int[]? ids)
            ? new TemplateItem(null, ids, TokenType(special))
            : throw special.Child("id").Wrong("one of special_tokens");
    }

    private static int TokenType(JsonComponent item) =>
        item.CountOrNull("type_id") is var type && type is null or 0 or 1 ? type ?? 0 : throw item.Child("type_id").Wrong("0 or 1");
}
