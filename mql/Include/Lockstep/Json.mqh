//--- Lines of the protocol: one flat JSON object of strings and integers.
#ifndef LOCKSTEP_JSON_MQH
#define LOCKSTEP_JSON_MQH

#define LS_TEXT_MAX 128
#define LS_FIELDS_MAX 64

struct LsFields
  {
   string            names[];
   string            values[];
   int               count;
  };

// The value of a field as text; empty where it is missing.
string LsText(const LsFields &fields, const string name)
  {
   for(int i=0; i<fields.count; i++)
      if(fields.names[i]==name)
         return fields.values[i];
   return "";
  }

long LsInteger(const LsFields &fields, const string name)
  {
   return StringToInteger(LsText(fields, name));
  }

double LsNumber(const LsFields &fields, const string name)
  {
   return StringToDouble(LsText(fields, name));
  }

bool LsHexDigit(const ushort c, int &value)
  {
   if(c>='0' && c<='9')
      value = c-'0';
   else if(c>='a' && c<='f')
      value = c-'a'+10;
   else if(c>='A' && c<='F')
      value = c-'A'+10;
   else
      return false;
   return true;
  }

// Reads what follows a backslash; `at` is on it and ends behind the escape.
bool LsReadEscape(const string line, int &at, string &text)
  {
   ushort c = StringGetCharacter(line, at+1);
   at += 2;
   if(c=='"' || c=='\\' || c=='/')
     {
      text += ShortToString(c);
      return true;
     }
   if(c!='u')
      return false;                       // the other short escapes are control characters
   int code = 0, digit = 0;
   for(int i=0; i<4; i++)
     {
      if(!LsHexDigit(StringGetCharacter(line, at+i), digit))
         return false;
      code = code*16+digit;
     }
   at += 4;
   if(code<32)
      return false;
   text += ShortToString((ushort)code);
   return true;
  }

// Reads a string; `at` is on its first quote and ends behind its last.
bool LsReadText(const string line, int &at, string &text)
  {
   text = "";
   at++;
   int size = StringLen(line);
   while(at<size)
     {
      ushort c = StringGetCharacter(line, at);
      if(c=='"')
        {
         at++;
         return StringLen(text)<=LS_TEXT_MAX;
        }
      if(c<32)
         return false;
      if(c=='\\')
        {
         if(!LsReadEscape(line, at, text))
            return false;
         continue;
        }
      text += ShortToString(c);
      at++;
     }
   return false;
  }

// Reads an integer of at most 15 digits.
bool LsReadInteger(const string line, int &at, string &text)
  {
   int from = at, digits = 0;
   if(StringGetCharacter(line, at)=='-')
      at++;
   while(StringGetCharacter(line, at)>='0' && StringGetCharacter(line, at)<='9')
     {
      at++;
      digits++;
     }
   text = StringSubstr(line, from, at-from);
   bool padded = digits>1 && StringGetCharacter(line, at-digits)=='0';
   return digits>0 && digits<=15 && !padded;
  }

void LsSkipBlanks(const string line, int &at)
  {
   ushort c = StringGetCharacter(line, at);
   while(c==' ' || c=='\t' || c=='\r')
     {
      at++;
      c = StringGetCharacter(line, at);
     }
  }

// One `"name":value`; `at` ends behind it.
bool LsReadPair(const string line, int &at, LsFields &fields)
  {
   string name = "", value = "";
   LsSkipBlanks(line, at);
   if(StringGetCharacter(line, at)!='"' || !LsReadText(line, at, name))
      return false;
   LsSkipBlanks(line, at);
   if(StringGetCharacter(line, at)!=':')
      return false;
   at++;
   LsSkipBlanks(line, at);
   bool read = StringGetCharacter(line, at)=='"' ? LsReadText(line, at, value) : LsReadInteger(line, at, value);
   if(!read || fields.count>=LS_FIELDS_MAX)
      return false;
   fields.count++;
   ArrayResize(fields.names, fields.count);
   ArrayResize(fields.values, fields.count);
   fields.names[fields.count-1] = name;
   fields.values[fields.count-1] = value;
   LsSkipBlanks(line, at);
   return true;
  }

// Reads a whole line; false where it is anything but a flat object.
bool LsParse(const string line, LsFields &fields)
  {
   fields.count = 0;
   int at = 0;
   LsSkipBlanks(line, at);
   if(StringGetCharacter(line, at)!='{')
      return false;
   at++;
   while(LsReadPair(line, at, fields))
     {
      ushort c = StringGetCharacter(line, at);
      at++;
      if(c=='}')
        {
         LsSkipBlanks(line, at);
         return at==StringLen(line);
        }
      if(c!=',')
         return false;
     }
   return false;
  }

// A text as it may stand in a line: no control characters, not too long.
string LsEscaped(const string text)
  {
   string out = "";
   int size = StringLen(text);
   if(size>LS_TEXT_MAX)
      size = LS_TEXT_MAX;
   for(int i=0; i<size; i++)
     {
      ushort c = StringGetCharacter(text, i);
      if(c<32)
         out += " ";
      else if(c=='"' || c=='\\')
         out += "\\"+ShortToString(c);
      else
         out += ShortToString(c);
     }
   return out;
  }

string LsBegin(const string type)
  {
   return "{\"t\":\""+type+"\"";
  }

void LsAddText(string &line, const string name, const string value)
  {
   line += ",\""+name+"\":\""+LsEscaped(value)+"\"";
  }

void LsAddInteger(string &line, const string name, const long value)
  {
   line += ",\""+name+"\":"+IntegerToString(value);
  }

// A decimal without trailing zeros; at most 8 places.
string LsDecimal(const double value, const int digits)
  {
   string text = DoubleToString(value, digits);
   if(StringFind(text, ".")<0)
      return text;
   int size = StringLen(text);
   while(StringGetCharacter(text, size-1)=='0')
      size--;
   if(StringGetCharacter(text, size-1)=='.')
      size--;
   text = StringSubstr(text, 0, size);
   return text=="-0" ? "0" : text;
  }

// Empty where there is none: no stop-loss, no take-profit, no price.
string LsOptional(const double value, const int digits)
  {
   return value>0.0 ? LsDecimal(value, digits) : "";
  }
#endif
