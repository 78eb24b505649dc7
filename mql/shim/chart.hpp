// The chart, as far as a panel of text labels needs it. Its text is reported when it changes.
#pragma once
#include "files.hpp"

enum ENUM_OBJECT { OBJ_LABEL = 102 };
enum ENUM_OBJECT_PROPERTY_INTEGER {
  OBJPROP_COLOR, OBJPROP_CORNER, OBJPROP_XDISTANCE, OBJPROP_YDISTANCE, OBJPROP_FONTSIZE,
  OBJPROP_SELECTABLE, OBJPROP_HIDDEN,
};
enum ENUM_OBJECT_PROPERTY_STRING { OBJPROP_TEXT, OBJPROP_FONT };
enum { CORNER_LEFT_UPPER = 0 };
enum : color { clrRed = 0x0000FF, clrLime = 0x00FF00, clrOrange = 0x00A5FF, clrSilver = 0xC0C0C0 };

namespace rt {
inline std::map<std::string, std::string> labels;
inline bool panelChanged = false;
}  // namespace rt

inline int ObjectFind(long, const string &name) { return rt::labels.count(rt::bytes(name)) ? 0 : -1; }
inline bool ObjectCreate(long, const string &name, ENUM_OBJECT, int, datetime, double) {
  rt::labels[rt::bytes(name)];
  return true;
}
inline bool ObjectSetInteger(long, const string &, ENUM_OBJECT_PROPERTY_INTEGER, long) { return true; }
inline bool ObjectSetString(long, const string &name, ENUM_OBJECT_PROPERTY_STRING what, const string &value) {
  if (what != OBJPROP_TEXT) return true;
  std::string &label = rt::labels[rt::bytes(name)];
  rt::panelChanged = rt::panelChanged || label != rt::bytes(value);
  label = rt::bytes(value);
  return true;
}
inline bool ObjectDelete(long, const string &name) { return rt::labels.erase(rt::bytes(name)) > 0; }
inline void ChartRedraw(long = 0) {}
