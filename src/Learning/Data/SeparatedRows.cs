using System.Text;

namespace EdgeFlora.Learning.Data;

/// <summary>CSV (RFC 4180) with a header line. TSV likewise, but without quoting, as GLUE's files are.</summary>
internal static class SeparatedRows
{
    /// <exception cref="InvalidDataException">
    /// A header repeats a name or is repeated, a row has another number of fields or a quote where none belongs; the message names file and line.
    /// </exception>
    public static IEnumerable<DataRow> Read(IEnumerable<(int Number, string Text)> lines, string name, char separator)
    {
        List<string>? header = null;
        foreach ((int number, string record) in separator == ',' ? Records(lines, name) : lines.Where(line => line.Text.Length > 0))
        {
            List<string> fields = separator == ',' ? Fields(record, $"{name}:{number}") : [.. record.Split(separator)];
            if (header is null)
            {
                header = fields;
                if (header.GroupBy(column => column, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } repeated)
                {
                    throw new InvalidDataException(
                        $"{name}:{number}: the header names column \"{repeated.Key}\" {repeated.Count()} times; each name should stand once.");
                }

                continue;
            }

            if (fields.Count != header.Count)
            {
                throw new InvalidDataException($"{name}:{number}: the row has {fields.Count} fields; the header has {header.Count}.");
            }

            if (header.Count > 1 && fields.SequenceEqual(header, StringComparer.Ordinal))
            {
                throw new InvalidDataException(
                    $"{name}:{number}: the row repeats the header; if files were put together, the header should stand at the beginning only.");
            }

            yield return new DataRow(
                number, header.Zip(fields).Where(p => p.Second.Length > 0).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal), header);
        }
    }

    /// <summary>Lines, joined while a quote is open.</summary>
    private static IEnumerable<(int Number, string Text)> Records(IEnumerable<(int Number, string Text)> lines, string name)
    {
        var record = new StringBuilder();
        int first = 0;
        bool open = false;
        foreach ((int number, string text) in lines)
        {
            if (open)
            {
                record.Append('\n');
            }
            else
            {
                first = number;
            }

            record.Append(text);
            open ^= text.Count(c => c == '"') % 2 != 0;
            if (record.Length > HashedLines.MaxLineBytes)
            {
                throw Open(name, first);
            }

            if (!open && record.Length > 0)
            {
                yield return (first, record.ToString());
                record.Clear();
            }
        }

        if (open)
        {
            throw Open(name, first);
        }
    }

    private static InvalidDataException Open(string name, int first) => new(
        $"{name}:{first}: a quote is opened and not closed within {HashedLines.MaxLineBytes:N0} characters; if it belongs to the text, quote the "
        + "whole field and double it: \"a 5\"\" screen\".");

    private static List<string> Fields(string record, string place)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        bool closed = false;
        for (int i = 0; i < record.Length; i++)
        {
            char c = record[i];
            if (quoted && c == '"' && i + 1 < record.Length && record[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"')
            {
                if (!quoted && (field.Length > 0 || closed))
                {
                    throw new InvalidDataException($"{place}: a quote inside field {fields.Count + 1}; a field with quotes should be quoted as a "
                        + "whole, with its quotes doubled.");
                }

                closed = quoted;
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
                closed = false;
            }
            else if (closed)
            {
                throw new InvalidDataException($"{place}: text after the closing quote of field {fields.Count + 1}; a comma or the end of the line "
                    + "should follow it.");
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
